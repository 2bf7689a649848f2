using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>What one ACK tells of deliveries, gathered while it is entered into the <see cref="Scoreboard"/>.</summary>
internal ref struct Delivery(MonotonicTime now)
{
    /// <summary>When the ACK arrived.</summary>
    public readonly MonotonicTime Now = now;

    /// <summary>Octets known for the first time to have arrived.</summary>
    public int Octets;

    /// <summary>Octets among them that were sent once only.</summary>
    public int Originals;

    /// <summary>The least sequence number after such octets; counts only with <see cref="Originals"/>.</summary>
    public SeqNum FirstOriginalEnd;

    /// <summary>Octets that had been sent again and are now acknowledged.</summary>
    public int Ambiguous;

    /// <summary>When the octets sent last of all those delivered were sent, and their end.</summary>
    public MonotonicTime LatestSentAt;
    public SeqNum LatestEnd;
    public bool IsLatestAmbiguous;
    public DeliverySnapshot LatestSnapshot;

    /// <summary>The round trip of the latest original; null when all were ambiguous.</summary>
    public TimeSpan? RoundTrip;

    /// <summary>Octets up to <paramref name="end"/> of a range have arrived.</summary>
    public void Add(in SentRange range, SeqNum end, int octets)
    {
        if (range.Has(RangeFlags.Ambiguous))
        {
            Ambiguous += octets;
        }
        else
        {
            FirstOriginalEnd = Originals == 0 ? end : SeqNum.Min(FirstOriginalEnd, end);
            Originals += octets;
            // The latest has waited for a held back ACK the least; blocks come in any order.
            var roundTrip = Now - range.SentAt;
            RoundTrip = RoundTrip < roundTrip ? RoundTrip : roundTrip;
        }

        if (Octets == 0 || Rack.IsSentAfter(range.SentAt, end, LatestSentAt, LatestEnd))
        {
            LatestSentAt = range.SentAt;
            LatestEnd = end;
            IsLatestAmbiguous = range.Has(RangeFlags.Ambiguous);
            LatestSnapshot = range.Snapshot;
        }

        Octets += octets;
    }
}
