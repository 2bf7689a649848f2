using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Diagnostics;

/// <summary>
/// The invariants of one connection between two calls into the engine. Their numbers are those of docs/architecture.md,
/// which the simulation checks by its own rules. Debug builds check a connection after each event, the fuzzer checks
/// all.
/// </summary>
internal static class TcbInvariants
{
    /// <summary>
    /// The first violated invariant as "I8: what is wrong"; null when all hold. A parked connection is not checked.
    /// </summary>
    /// <param name="engine">The engine's shared state.</param>
    /// <param name="tcb">A live connection.</param>
    /// <param name="isDrained">All output has been emitted. False skips the invariants that hold only then.</param>
    public static string? FindViolation(EngineState engine, Tcb tcb, bool isDrained)
    {
        if (!tcb.IsLive || engine.Connections.Find(tcb.Tuple) != tcb)
            return "I12: the connection table does not find the connection";
        return tcb.IsParked
            ? null
            : FindInSequence(tcb) ?? FindInQueues(engine, tcb) ?? FindInFlight(engine, tcb)
                ?? FindInTimers(engine, tcb, isDrained);
    }

    private static string? FindInSequence(Tcb tcb)
    {
        ref var snd = ref tcb.Snd;
        ref var rcv = ref tcb.Rcv;
        if (snd.FlightSize is < 0 or > EngineOptions.MaxBuffer + 1)
            return $"I3: SND.NXT - SND.UNA is {snd.FlightSize}";
        if (snd.Una - snd.Iss < 0 && tcb.DataAcknowledged < int.MaxValue / 2)
            return "I3: SND.UNA is before ISS";
        // A FIN is accepted at the right edge of a full window.
        if (rcv.Edge - rcv.Nxt < (rcv.Fin is null ? 0 : -1) || rcv.Edge - rcv.Nxt > EngineOptions.MaxBuffer)
            return $"I3: RCV.WND is {rcv.Edge - rcv.Nxt}";
        if (snd.Wnd > EngineOptions.MaxBuffer || snd.MaxWnd > EngineOptions.MaxBuffer)
            return $"I4: SND.WND is {snd.Wnd}, its maximum {snd.MaxWnd}";
        if (tcb.State != TcpState.SynSent && snd.Mss <= 0)
            return $"I4: Eff.snd.MSS is {snd.Mss}";
        return null;
    }

    private static string? FindInQueues(EngineState engine, Tcb tcb)
    {
        ref var queue = ref tcb.SendQueue;
        var isSynOpen = tcb.Snd.Una == tcb.Snd.Iss && queue.Start == tcb.Snd.Iss + 1;
        if (queue.Start != tcb.Snd.Una && !isSynOpen && !tcb.IsFinAcknowledged)
            return $"I5: the send queue starts {queue.Start - tcb.Snd.Una} from SND.UNA";
        if (tcb.State != TcpState.SynSent && tcb.Snd.Nxt - queue.End > (tcb.FinSent ? 1 : 0))
            return "I5: data in flight is not in the send queue";
        if (tcb.Rcv.Held < 0 || tcb.Rcv.Held < tcb.ReceiveQueue.Length)
            return $"I13: {tcb.Rcv.Held} bytes held, {tcb.ReceiveQueue.Length} queued";
        // Data that the application has received and not consumed may be counted in whole blocks.
        if (tcb.CountedMemory < tcb.Memory)
            return $"I13: {tcb.CountedMemory} bytes counted, {tcb.Memory} used";
        return tcb.OutOfOrder is { } outOfOrder ? FindInOutOfOrder(engine, tcb, outOfOrder) : null;
    }

    private static string? FindInOutOfOrder(EngineState engine, Tcb tcb, OutOfOrderQueue queue)
    {
        var before = 0;
        var window = tcb.Rcv.Edge - tcb.Rcv.Nxt;
        for (var i = 0; i < queue.RangeCount; i++)
        {
            var (start, end) = queue[i];
            var (from, to) = (start - tcb.Rcv.Nxt, end - tcb.Rcv.Nxt);
            if (from <= before || to <= from || to > window)
                return $"I6: range {i} is [{from}, {to}) after {before}, in a window of {window}";
            before = to;
        }

        return queue.RangeCount > engine.Options.MaxOutOfOrderRanges
            ? $"I6: {queue.RangeCount} ranges out of order"
            : null;
    }

    private static string? FindInFlight(EngineState engine, Tcb tcb)
    {
        if (!tcb.IsSynchronized)
            return null;
        if (tcb.CongestionWindow < tcb.Snd.Mss)
            return $"I7: cwnd is {tcb.CongestionWindow}, less than a segment of {tcb.Snd.Mss}";
        var rto = tcb.Rtt.Rto(engine.Options);
        if (rto < engine.Options.MinRto || rto > engine.Options.MaxRto)
            return $"I7: the RTO is {rto}";
        if (tcb.Loss.Flight is not { Board: var board })
            return tcb.Snd.FlightSize > 0 ? "I19: data in flight without a scoreboard" : null;
        return FindInScoreboard(tcb, board);
    }

    private static string? FindInScoreboard(Tcb tcb, Scoreboard board)
    {
        var (at, sacked, lost, retransmitted) = (board.Start, 0, 0, 0);
        foreach (ref readonly var range in board.Ranges)
        {
            var bytes = range.End - at;
            if (bytes <= 0)
                return $"I19: a range of {bytes} bytes";
            if (range.Has(RangeFlags.Sacked) && (range.Has(RangeFlags.Lost) || range.Has(RangeFlags.Retransmitted)))
                return $"I19: a range is {range.Flags}";
            sacked += range.Has(RangeFlags.Sacked) ? bytes : 0;
            lost += range.Has(RangeFlags.Lost) ? bytes : 0;
            retransmitted += range.Has(RangeFlags.Retransmitted) ? bytes : 0;
            at = range.End;
        }

        if (board.Start != tcb.Snd.Una || at != tcb.Snd.Nxt)
        {
            return $"I19: the scoreboard covers {board.Start - tcb.Snd.Una} to {at - tcb.Snd.Una} of "
                + $"{tcb.Snd.FlightSize} bytes";
        }

        return (sacked, lost, retransmitted) == (board.Sacked, board.Lost, board.Retransmitted)
            ? null
            : $"I19: the scoreboard counts {(board.Sacked, board.Lost, board.Retransmitted)}, its ranges have "
                + $"{(sacked, lost, retransmitted)} bytes SACKed, lost, retransmitted";
    }

    /// <summary>
    /// A connection that waits for its peer has a timer running, and the timer queue holds its earliest deadline.
    /// </summary>
    private static string? FindInTimers(EngineState engine, Tcb tcb, bool isDrained)
    {
        var earliest = tcb.Timers.Earliest;
        var queuedFor = tcb.Timers.Running is { } running && running.Place != Deadlines.NotQueued
            ? running.QueuedFor
            : MonotonicTime.Never;
        if (queuedFor > earliest || engine.Timers.NextDeadline > queuedFor)
            return "I8: the timer queue lacks the earliest deadline";
        if (!isDrained)
            return null;
        var retransmits = tcb.Timers.IsRunning(TcbTimer.Retransmission) || tcb.Timers.IsRunning(TcbTimer.Persist);
        if (tcb.Snd.FlightSize > 0 && !retransmits)
            return $"I8: {tcb.Snd.FlightSize} bytes in flight in {tcb.State}, without a timer";
        if (tcb.IsSynchronized && tcb.HasUnsent && !retransmits && !tcb.Timers.IsRunning(TcbTimer.Pacing))
            return $"I8: data to send in {tcb.State}, without a timer";
        return tcb.State == TcpState.FinWait2 && tcb.IsOrphan && !tcb.Timers.IsRunning(TcbTimer.GiveUp)
            ? "I8: an orphan waits for FIN, without a timer"
            : null;
    }
}
