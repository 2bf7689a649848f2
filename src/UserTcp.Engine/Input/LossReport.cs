using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>Reports to the observer what a detection has marked lost, and by which rule.</summary>
internal static class LossReport
{
    /// <summary>Reports the bytes that were marked since <see cref="Scoreboard.ClearMarked"/>.</summary>
    public static void Send(EngineState engine, Tcb tcb, Flight flight, LossRule rule, int lost)
    {
        if (engine.Trace.Observer is null || lost == 0)
            return;
        var marked = flight.Board.Marked;
        var isRack = rule is LossRule.Rack or LossRule.RackTimer;
        engine.Trace.OnLoss(new LossFinding
        {
            Rule = rule,
            From = marked.Start,
            End = marked.End,
            Bytes = lost,
            DeliveredEnd = isRack ? flight.Rack.End : default,
            SentLaterBy = isRack ? flight.Rack.SentAt - flight.Board.SentAt(marked.Start) : default,
            ReorderingWindow = isRack ? LossRecovery.ReorderingWindow(tcb, flight) : default,
        });
    }

    /// <summary>What an ACK means for the data in flight.</summary>
    /// <param name="before">The state of loss recovery before.</param>
    /// <param name="after">The state after.</param>
    /// <param name="acknowledged">Bytes by which SND.UNA has advanced.</param>
    /// <param name="sacked">Bytes SACKed for the first time.</param>
    /// <param name="duplicate">Bytes that D-SACK reports.</param>
    /// <param name="isUndone">The recovery was spurious.</param>
    public static SegmentMeaning MeaningOf(
        RecoveryState before, RecoveryState after, int acknowledged, int sacked, int duplicate, bool isUndone)
    {
        var meaning = sacked > 0 ? SegmentMeaning.SackNews : SegmentMeaning.None;
        if (duplicate > 0)
            meaning |= SegmentMeaning.DuplicateReported;
        if (isUndone)
            return meaning | SegmentMeaning.RecoveryUndone;
        if (before is RecoveryState.Open or RecoveryState.WindowReduced || acknowledged <= 0)
            return meaning;
        return meaning | (after == RecoveryState.Open ? SegmentMeaning.RecoveryEnds : SegmentMeaning.PartialAck);
    }

    /// <summary>The rule by which an ACK shows a loss.</summary>
    public static LossRule RuleOf(bool usesRack, bool usesSack, bool wasInRecovery) => (usesRack, usesSack) switch
    {
        (true, _) => LossRule.Rack,
        (false, true) => LossRule.SackCount,
        _ => wasInRecovery ? LossRule.PartialAck : LossRule.DuplicateAcks,
    };
}
