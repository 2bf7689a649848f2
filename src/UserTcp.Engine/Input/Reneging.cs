using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>
/// SACK reneging (RFC 2018 section 8): the peer acknowledges up to a range that it has SACKed, and not that range. A receiver that still
/// held the range would acknowledge it too, so it has dropped the data, and only the sender can repair that.
/// </summary>
internal static class Reneging
{
    // A busy receiver may acknowledge its queue piece by piece: half a round trip, and at least this long, for the rest to arrive. As Linux.
    private static readonly TimeSpan MinDelay = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// When the retransmission timer has to expire after an ACK that advanced SND.UNA and shows reneging; null for one that does not. The
    /// timeout forgets all SACK information and retransmits. Never later than an RTO.
    /// </summary>
    public static MonotonicTime? Deadline(Tcb tcb, TimeSpan rto, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { Board.IsReneged: true })
            return null;
        var delay = TimeSpan.FromTicks(Math.Max(tcb.Rtt.Srtt.Ticks / 2, MinDelay.Ticks));
        return now + (delay < rto ? delay : rto);
    }
}
