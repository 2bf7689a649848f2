using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>
/// RTO restart (RFC 7765): with too little in flight for three duplicate ACKs the timeout may be what repairs a loss, so it counts from
/// when the first outstanding segment was sent rather than from the ACK before it, which would add a round trip.
/// </summary>
internal static class RtoRestart
{
    // rrthresh (section 4).
    private const int Threshold = 4;

    /// <summary>When the retransmission timer that is restarted at an ACK expires.</summary>
    public static MonotonicTime Deadline(Tcb tcb, TimeSpan rto, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { State: RecoveryState.Open } flight || !IsShort(tcb))
            return now + rto;
        var deadline = flight.Board.FirstSentAt + rto;
        return deadline > now ? deadline : now + rto;
    }

    /// <summary>Fewer segments outstanding, and waiting to go out, than could ever show a loss.</summary>
    private static bool IsShort(Tcb tcb) => tcb.SendQueue.End - tcb.Snd.Una <= (Threshold - 1) * tcb.Snd.Mss;
}
