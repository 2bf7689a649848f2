using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>What an acceptable ACK reports to loss recovery. SND.UNA has been advanced already.</summary>
internal readonly ref struct AckInfo
{
    public MonotonicTime Now { get; init; }

    /// <summary>SEG.ACK.</summary>
    public SeqNum Ack { get; init; }

    /// <summary>Bytes by which SND.UNA has advanced.</summary>
    public int Acknowledged { get; init; }

    /// <summary>A duplicate ACK by RFC 5681 section 2.</summary>
    public bool IsDuplicate { get; init; }

    /// <summary>TSecr; null where timestamps are not used.</summary>
    public uint? Echo { get; init; }

    /// <summary>The RTT that TSecr reports (RTTM, RFC 7323 section 4.1); null when it reports none.</summary>
    public TimeSpan? EchoedRoundTrip { get; init; }

    /// <summary>RTT samples to expect within one RTT (RFC 7323 appendix G).</summary>
    public int ExpectedSamples { get; init; }

    /// <summary>The SACK blocks; none where SACK is not permitted.</summary>
    public SackBlocks Blocks { get; init; }

    /// <summary>More than half of cwnd was in use before this ACK.</summary>
    public bool WindowWasUsed { get; init; }
}

/// <summary>What one ACK delivers, collected while it is entered into the <see cref="Scoreboard"/>.</summary>
internal ref struct Delivery(MonotonicTime now)
{
    /// <summary>When the ACK arrived.</summary>
    public readonly MonotonicTime Now = now;

    /// <summary>Bytes acknowledged or SACKed for the first time.</summary>
    public int Octets;

    /// <summary>Bytes among them that were sent only once.</summary>
    public int Originals;

    /// <summary>The lowest end of such a range; valid with <see cref="Originals"/>.</summary>
    public SeqNum FirstOriginalEnd;

    /// <summary>
    /// Bytes that had been retransmitted: which transmission arrived is not known (Karn's algorithm).
    /// </summary>
    public int Ambiguous;

    /// <summary>Send time and end of the range delivered that was sent last.</summary>
    public MonotonicTime LatestSentAt;
    public SeqNum LatestEnd;
    public bool IsLatestAmbiguous;
    public DeliverySnapshot LatestSnapshot;

    /// <summary>The RTT of the latest range sent once; null when all were retransmitted.</summary>
    public TimeSpan? RoundTrip;

    /// <summary>Adds bytes of a range, up to <paramref name="end"/>.</summary>
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
            // The minimum, since a delayed ACK adds less to the RTT of a later range. SACK blocks come in any order.
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
