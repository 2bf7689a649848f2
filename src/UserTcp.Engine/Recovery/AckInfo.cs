using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>What an acceptable ACK says to loss recovery. SND.UNA has advanced already, if it does.</summary>
internal readonly ref struct AckInfo
{
    public MonotonicTime Now { get; init; }

    /// <summary>SEG.ACK.</summary>
    public SeqNum Ack { get; init; }

    /// <summary>Octets by which SND.UNA has advanced.</summary>
    public int Acknowledged { get; init; }

    /// <summary>It is a duplicate as RFC 5681 section 2 defines it.</summary>
    public bool IsDuplicate { get; init; }

    /// <summary>TSecr; null where there are no timestamps.</summary>
    public uint? Echo { get; init; }

    /// <summary>The round trip that TSecr tells of.</summary>
    public TimeSpan? EchoedRoundTrip { get; init; }

    /// <summary>How many ACKs tell of a round trip within one (RFC 7323 appendix G).</summary>
    public int ExpectedSamples { get; init; }

    /// <summary>The SACK blocks; none unless they are permitted.</summary>
    public SackBlocks Blocks { get; init; }

    /// <summary>More than half of the window was in use before it.</summary>
    public bool WindowWasUsed { get; init; }
}
