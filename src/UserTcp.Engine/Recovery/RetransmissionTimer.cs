using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// When the retransmission timer expires after an ACK of new data: RFC 6298 section 5.3 with two refinements.
/// SegmentBuilder starts the timer (section 5.1). AckStep restarts it by this rule, TimerExpiry after it has expired
/// (section 5.6), and LossRecovery when SND.UNA is retransmitted or a tail loss probe goes out.
/// </summary>
internal static class RetransmissionTimer
{
    // rrthresh (RFC 7765 section 4).
    private const int RestartThreshold = 4;

    // A busy receiver may acknowledge its queue piece by piece. As Linux.
    private static readonly TimeSpan MinRenegingDelay = TimeSpan.FromMilliseconds(10);

    /// <summary>The deadline of the timer, restarted by an ACK that left data in flight.</summary>
    /// <param name="flight">The flight; null when nothing is known of it.</param>
    /// <param name="rto">RTO.</param>
    /// <param name="srtt">SRTT.</param>
    /// <param name="outstanding">Bytes from SND.UNA to the end of the send queue.</param>
    /// <param name="smss">SMSS in bytes.</param>
    /// <param name="now">The time.</param>
    public static MonotonicTime Restart(
        Flight? flight, TimeSpan rto, TimeSpan srtt, int outstanding, int smss, MonotonicTime now)
    {
        if (flight is { Board.IsReneged: true })
            return now + Reneging(rto, srtt);
        return flight is { State: RecoveryState.Open } && outstanding <= (RestartThreshold - 1) * smss
            ? RtoRestart(flight, rto, now)
            : now + rto;
    }

    /// <summary>
    /// SACK reneging (RFC 2018 section 8): the ACK ends at a SACKed range, which a receiver that still had it would
    /// acknowledge too. The timeout follows in half an RTT, at most in an RTO; it forgets all SACK information and
    /// retransmits.
    /// </summary>
    private static TimeSpan Reneging(TimeSpan rto, TimeSpan srtt)
    {
        var delay = TimeSpan.FromTicks(Math.Max(srtt.Ticks / 2, MinRenegingDelay.Ticks));
        return delay < rto ? delay : rto;
    }

    /// <summary>
    /// RTO restart (RFC 7765): with too few segments in flight for three duplicate ACKs the timer counts from the first
    /// segment's sending, not from the ACK before it.
    /// </summary>
    private static MonotonicTime RtoRestart(Flight flight, TimeSpan rto, MonotonicTime now)
    {
        var deadline = flight.Board.FirstSentAt + rto;
        return deadline > now ? deadline : now + rto;
    }
}
