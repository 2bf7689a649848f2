using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// RACK (RFC 8985 section 6.2): a segment is lost when a segment sent sufficiently later was delivered. A
/// retransmission counts by its own send time, so a lost retransmission is found too.
/// </summary>
internal struct Rack
{
    private bool _hasDelivery;

    /// <summary>RACK.xmit_ts: the send time of the delivered segment that was sent last.</summary>
    public MonotonicTime SentAt { get; private set; }

    /// <summary>RACK.end_seq: the sequence number after that segment.</summary>
    public SeqNum End { get; private set; }

    /// <summary>RACK.rtt: the RTT of that segment.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>RACK_sent_after: sent later, or at the same time with a higher sequence number.</summary>
    public static bool IsSentAfter(MonotonicTime sentAt, SeqNum end, MonotonicTime otherSentAt, SeqNum otherEnd) =>
        sentAt > otherSentAt || (sentAt == otherSentAt && end > otherEnd);

    /// <summary>
    /// Step 2: updates RACK.xmit_ts, end_seq and rtt. The ACK of a retransmitted segment is for its original when it
    /// comes before any RTT allows, or when its timestamp says so; it is ignored then.
    /// </summary>
    public void OnDelivered(in Delivery delivery, TimeSpan minRtt, bool echoesOriginal)
    {
        if (delivery.Octets == 0)
            return;
        var roundTrip = delivery.Now - delivery.LatestSentAt;
        if (delivery.IsLatestAmbiguous && (echoesOriginal || roundTrip < minRtt))
            return;
        RoundTrip = roundTrip;
        if (_hasDelivery && !IsSentAfter(delivery.LatestSentAt, delivery.LatestEnd, SentAt, End))
            return;
        (_hasDelivery, SentAt, End) = (true, delivery.LatestSentAt, delivery.LatestEnd);
    }

    /// <summary>
    /// Step 5: marks the ranges lost that were sent before <see cref="SentAt"/> by more than RACK.rtt and the
    /// reordering window.
    /// </summary>
    /// <param name="board">The scoreboard to mark.</param>
    /// <param name="reorderingWindow">RACK.reo_wnd.</param>
    /// <param name="now">The time.</param>
    /// <param name="lookAgain">
    /// When a further range may be lost; <see cref="MonotonicTime.Never"/> when none can be.
    /// </param>
    /// <returns>Bytes marked.</returns>
    public readonly int DetectLoss(
        Scoreboard board, TimeSpan reorderingWindow, MonotonicTime now, out MonotonicTime lookAgain)
    {
        lookAgain = MonotonicTime.Never;
        if (!_hasDelivery)
            return 0;
        var lost = 0;
        var timeout = RoundTrip + reorderingWindow;
        var ranges = board.Ranges;
        for (var i = 0; i < ranges.Length; i++)
        {
            ref readonly var range = ref ranges[i];
            if (range.Has(RangeFlags.Sacked) || range.NeedsRetransmission)
                continue;
            if (!IsSentAfter(SentAt, End, range.SentAt, range.End))
            {
                // Ranges sent once lie in the order of their sending: without retransmissions no later one was sent
                // earlier.
                if (board.Retransmitted == 0)
                    break;
                continue;
            }

            var deadline = range.SentAt + timeout;
            if (deadline <= now)
                lost += board.MarkLost(i);
            else
                lookAgain = lookAgain == MonotonicTime.Never || deadline > lookAgain ? deadline : lookAgain;
        }

        return lost;
    }

    /// <summary>
    /// After a retransmission timeout (section 6.3): the first segment is lost, and so are those sent longer ago than
    /// RACK.rtt and the reordering window. Without any delivery all are.
    /// </summary>
    /// <returns>Bytes marked.</returns>
    public readonly int DetectLossAfterTimeout(Scoreboard board, TimeSpan reorderingWindow, MonotonicTime now)
    {
        var lost = 0;
        var ranges = board.Ranges;
        for (var i = 0; i < ranges.Length; i++)
        {
            var isOld = !_hasDelivery || ranges[i].SentAt + RoundTrip + reorderingWindow <= now;
            if (!ranges[i].Has(RangeFlags.Sacked) && (i == 0 || isOld))
                lost += board.MarkLost(i);
        }

        return lost;
    }
}

/// <summary>
/// RACK.reo_wnd (RFC 8985 section 6.2 step 4): how much later a segment may arrive than one sent after it. It adapts to
/// the path, so it lasts as long as the connection.
/// </summary>
internal struct ReorderingWindow
{
    private const int DupThresh = 3;
    private const byte RecoveriesToPersist = 16;

    // RACK.dsack_round: the window grows once in a round trip.
    private SeqNum _dsackRound;
    private bool _isRoundOpen;

    // RACK.reo_wnd_mult - 1.
    private byte _added;

    // RACK.reo_wnd_persist.
    private byte _recoveriesLeft;

    /// <summary>RACK.reordering_seen.</summary>
    public bool IsReorderingSeen { get; set; }

    /// <summary>A D-SACK reports a spurious retransmission: the window was too short.</summary>
    /// <param name="una">SND.UNA.</param>
    /// <param name="nxt">SND.NXT.</param>
    public void OnDuplicateReported(SeqNum una, SeqNum nxt)
    {
        // A round that ended long ago may seem to lie ahead, but not within the data in flight.
        if (_isRoundOpen && SeqRange.Between(una, nxt).ContainsEnd(_dsackRound))
            return;
        _isRoundOpen = true;
        _dsackRound = nxt;
        _added = (byte)Math.Min(_added + 1, byte.MaxValue);
        _recoveriesLeft = RecoveriesToPersist;
    }

    /// <summary>A recovery has ended. After 16 of them without a D-SACK the window is small again.</summary>
    public void OnRecovered()
    {
        if (_recoveriesLeft > 0 && --_recoveriesLeft == 0)
            _added = 0;
    }

    /// <summary>
    /// The window: a multiple of min_RTT / 4, at most SRTT. It is zero while no reordering was seen and DupThresh
    /// segments were SACKed, as in RFC 5681.
    /// </summary>
    public readonly TimeSpan Length(bool isInRecovery, int sackedSegments, TimeSpan minRtt, TimeSpan srtt)
    {
        if (!IsReorderingSeen && (isInRecovery || sackedSegments >= DupThresh))
            return TimeSpan.Zero;
        return TimeSpan.FromTicks(Math.Min((_added + 1) * (minRtt.Ticks / 4), srtt.Ticks));
    }
}
