using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>
/// Finds out that a recovery was for nothing: F-RTO after a timeout (RFC 5682), Eifel by timestamps (RFC 3522), and D-SACK (RFC 3708);
/// and takes back what it has done to the window (RFC 4015).
/// </summary>
internal static class SpuriousDetection
{
    /// <summary>Whether an ACK shows that the recovery that is going on, or was until just now, was for nothing.</summary>
    public static bool Detects(Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery)
    {
        if (flight.State == RecoveryState.Timeout && IsTimeoutSpurious(tcb, flight, ack, delivery))
            return true;
        return flight.Spurious.IsAllDuplicate || IsOriginal(tcb, flight, ack);
    }

    /// <summary>All is as before: nothing that has not been sent again is lost, and the window is what it was.</summary>
    public static void Undo(EngineState engine, Tcb tcb, Flight flight)
    {
        engine.Counters.Add(Counter.SpuriousRecoveries);
        if (flight.State != RecoveryState.Timeout)
            tcb.Loss.Reordering.IsReorderingSeen = true;
        tcb.Congestion.Undo();
        flight.Board.UnmarkLost();
        flight.Spurious.Clear();
        flight.FrtoPending = flight.FrtoSendingNewData = false;
        flight.Duplicates.Clear();
        flight.State = RecoveryState.Open;
    }

    /// <summary>
    /// Eifel: the first thing that is acknowledged was sent before anything was sent again. While something that was sent again is on its
    /// way, a loss may be behind it still, so in a fast recovery that has to be known first.
    /// </summary>
    private static bool IsOriginal(Tcb tcb, Flight flight, in AckInfo ack)
    {
        if (ack.Acknowledged == 0 || ack.Echo is not { } echo || !flight.Spurious.IsOriginal(echo))
            return false;
        return flight.State switch
        {
            RecoveryState.Recovery => flight.Board.Retransmitted == 0 || tcb.Snd.Una >= flight.RecoveryPoint,
            RecoveryState.Timeout => true,
            _ => false,
        };
    }

    /// <summary>
    /// RFC 5682: the timeout was for nothing when text is acknowledged that was sent before it and never again. An ACK that is also for
    /// what was sent again does not tell. After the first one that advances, new text is sent instead of what is missing (section 2.1,
    /// step 2 b), so that the next one must tell.
    /// </summary>
    private static bool IsTimeoutSpurious(Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery)
    {
        if (!flight.FrtoPending)
            return false;
        if (delivery.Originals > 0 && delivery.Ambiguous == 0 && delivery.FirstOriginalEnd <= flight.RecoveryPoint)
            return true;
        if (delivery.Octets == 0 && !ack.IsDuplicate)
            return false;
        var canSendNewData = tcb.HasUnsent && tcb.Snd.Edge > tcb.Snd.Nxt;
        if (!flight.FrtoSendingNewData && ack.Acknowledged > 0 && tcb.Snd.Una < flight.RecoveryPoint && canSendNewData)
        {
            flight.FrtoSendingNewData = true;
            return false;
        }

        // Step 3 a: it was right, and what is missing goes out. Without SACK nobody tells whether the new text has left the network, of
        // which the window may be full; behind a gap it counts as missing too.
        if (flight.FrtoSendingNewData && !tcb.SackOk)
            flight.Board.MarkLostFrom(flight.RecoveryPoint);
        flight.RecoveryPoint = tcb.Snd.Nxt;
        flight.IsForced |= flight.FrtoSendingNewData;
        flight.FrtoPending = flight.FrtoSendingNewData = false;
        return false;
    }
}
