using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// RACK (RFC 8985 section 6.2): a segment is lost when one that was sent sufficiently later has arrived. What was sent again counts by
/// the time of that, so it can be found lost once more.
/// </summary>
internal struct Rack
{
    private bool _hasDelivery;

    /// <summary>RACK.xmit_ts: when the segment was sent that was sent last of all those that have arrived.</summary>
    public MonotonicTime SentAt { get; private set; }

    /// <summary>RACK.end_seq: the sequence number after it.</summary>
    public SeqNum End { get; private set; }

    /// <summary>RACK.rtt: its round trip.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>RACK_sent_after: sent later, or at one time and behind.</summary>
    public static bool IsSentAfter(MonotonicTime sentAt, SeqNum end, MonotonicTime otherSentAt, SeqNum otherEnd) =>
        sentAt > otherSentAt || (sentAt == otherSentAt && end > otherEnd);

    /// <summary>
    /// Step 2. An acknowledgment of what was sent again may be for what was sent first: so it is when it came sooner than any round
    /// trip, or when its timestamp says so.
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
    /// Step 5: marks what is lost by now, and says how many octets and when to look again;
    /// <see cref="MonotonicTime.Never"/> when nothing is on the brink.
    /// </summary>
    public readonly int DetectLoss(Scoreboard board, TimeSpan reorderingWindow, MonotonicTime now, out MonotonicTime lookAgain)
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
                // What was sent once lies in the order in which it was sent: nothing before it either, if nothing was sent again.
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
    /// After a retransmission timeout (section 6.3): the first segment is lost, and of the others those that are older than a round trip
    /// and the reordering window. Without any delivery to go by, all are.
    /// </summary>
    public readonly int DetectLossAfterTimeout(Scoreboard board, TimeSpan reorderingWindow, MonotonicTime now)
    {
        var lost = 0;
        var ranges = board.Ranges;
        for (var i = 0; i < ranges.Length; i++)
        {
            if (!ranges[i].Has(RangeFlags.Sacked) && (i == 0 || !_hasDelivery || ranges[i].SentAt + RoundTrip + reorderingWindow <= now))
                lost += board.MarkLost(i);
        }

        return lost;
    }
}
