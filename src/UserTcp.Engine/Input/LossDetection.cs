using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>Marks what is lost, by the means that the connection has.</summary>
internal static class LossDetection
{
    /// <summary>Marks what an ACK shows to be lost; octets.</summary>
    public static int OnAck(EngineState engine, Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery)
    {
        if (!tcb.SackOk)
            return ByDuplicateAcks(tcb, flight, ack);
        // Also with nothing behind a gap: what was sent again and has arrived was sent after the end of the flight.
        return delivery.Octets == 0 ? 0 : Detect(engine, tcb, flight, ack.Now);
    }

    /// <summary>Marks what is lost by now, with SACK, and comes back when there may be more; octets.</summary>
    public static int Detect(EngineState engine, Tcb tcb, Flight flight, MonotonicTime now)
    {
        if (engine.Options.LossDetection == LossDetectionMethod.Sack)
            return SackLoss.Detect(flight.Board, tcb.Snd.Mss);
        var lost = flight.Rack.DetectLoss(flight.Board, ReorderingWindow(tcb, flight), now, out var lookAgain);
        if (lookAgain == MonotonicTime.Never)
            tcb.Timers.Stop(TcbTimer.Reordering);
        else
            tcb.Timers.Set(TcbTimer.Reordering, lookAgain);
        return lost;
    }

    /// <summary>Marks what counts as lost after a retransmission timeout. SACK that the peer has gone back on counts no more (RFC 2018 section 8).</summary>
    public static void OnTimeout(EngineState engine, Tcb tcb, Flight flight, MonotonicTime now)
    {
        tcb.Timers.Stop(TcbTimer.Reordering);
        if (flight.Board.IsReneged)
            flight.Board.ForgetSacked();
        if (tcb.SackOk && engine.Options.LossDetection == LossDetectionMethod.Rack)
            flight.Rack.DetectLossAfterTimeout(flight.Board, ReorderingWindow(tcb, flight), now);
        else
            flight.Board.MarkFirstLost(tcb.Snd.FlightSize);
    }

    private static TimeSpan ReorderingWindow(Tcb tcb, Flight flight) => tcb.Loss.Reordering.Length(
        flight.State is RecoveryState.Recovery or RecoveryState.Timeout, flight.Board.SackedSegments, tcb.Rtt.MinRtt, tcb.Rtt.Srtt);

    /// <summary>RFC 5681 section 3.2, RFC 6582 section 3.2: the first segment outstanding, at the third duplicate ACK and at each partial one.</summary>
    private static int ByDuplicateAcks(Tcb tcb, Flight flight, in AckInfo ack)
    {
        ref var snd = ref tcb.Snd;
        if (flight.State == RecoveryState.Recovery)
        {
            if (ack.IsDuplicate)
                flight.Duplicates.OnDuplicateInRecovery(snd.Mss);
            return ack.Acknowledged > 0 ? OnPartial(tcb, flight, ack.Acknowledged) : 0;
        }

        if (flight.State is RecoveryState.Timeout or RecoveryState.RetransmitAll)
            return 0;
        if (ack.Acknowledged > 0)
        {
            flight.Duplicates.OnAcknowledged();
            // Drawn along behind SND.UNA, lest it come to lie ahead when 2^31 octets have passed without a loss.
            if (flight.State == RecoveryState.Open)
                flight.RecoveryPoint = SeqNum.Max(flight.RecoveryPoint, snd.Una - 1);
            return 0;
        }

        // RFC 6582 section 3.2 step 2: only once per window of data.
        if (!ack.IsDuplicate || !flight.Duplicates.OnDuplicate(snd) || snd.Una <= flight.RecoveryPoint)
            return 0;
        return flight.Board.MarkFirstLost(snd.Mss);
    }

    private static int OnPartial(Tcb tcb, Flight flight, int octets)
    {
        flight.Duplicates.OnPartial(octets, tcb.Snd.Mss);
        flight.Reason = SegmentReason.PartialAck;
        flight.IsForced = true;
        return flight.Board.MarkFirstLost(tcb.Snd.Mss);
    }
}
