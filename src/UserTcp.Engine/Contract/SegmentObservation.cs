using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>A TCP segment as an observer sees it.</summary>
public readonly record struct SegmentObservation
{
    /// <summary>When it was sent or handled.</summary>
    public required MonotonicTime Time { get; init; }

    /// <summary>True for a segment that we sent.</summary>
    public required bool Sent { get; init; }

    /// <summary>The four-tuple; the local side is ours.</summary>
    public required FourTuple Tuple { get; init; }

    /// <summary>The TCP header, with the window field unscaled.</summary>
    public required TcpHeader Header { get; init; }

    /// <summary>Bytes of data.</summary>
    public required int PayloadLength { get; init; }

    /// <summary>The window in bytes, scaled.</summary>
    public required uint Window { get; init; }

    /// <summary>The MSS option of a SYN; null when there is none.</summary>
    public ushort? Mss { get; init; }

    /// <summary>The window scale option of a SYN; null when there is none.</summary>
    public WindowScale? WindowScale { get; init; }

    /// <summary>A SYN permits SACK (RFC 2018 section 2).</summary>
    public bool SackPermitted { get; init; }

    /// <summary>The timestamps option (RFC 7323); null without it.</summary>
    public TcpTimestamps? Timestamps { get; init; }

    /// <summary>Bytes of data in each segment that the link cuts from it; 0 when it is one segment.</summary>
    public int SegmentSize { get; init; }

    /// <summary>The IP header of an arrival has CE (RFC 3168 section 5).</summary>
    public bool IsCe { get; init; }

    /// <summary>The blocks of the SACK option (RFC 2018, RFC 2883).</summary>
    public SackBlocks Sack { get; init; }

    /// <summary>Our state before; <see cref="TcpState.Closed"/> without a connection.</summary>
    public required TcpState Before { get; init; }

    /// <summary>Our state after.</summary>
    public required TcpState After { get; init; }

    /// <summary>Why it was sent; <see cref="SegmentReason.None"/> for an arrival.</summary>
    public SegmentReason Reason { get; init; }

    /// <summary>How it was disposed of; <see cref="Disposition.None"/> for a segment that we sent.</summary>
    public Disposition Disposition { get; init; }

    /// <summary>What an arrival meant; <see cref="SegmentMeaning.None"/> for a segment that we sent.</summary>
    public SegmentMeaning Meaning { get; init; }

    /// <summary>ISS, for relative sequence numbers; null without a connection.</summary>
    public SeqNum? Iss { get; init; }

    /// <summary>IRS, the peer's initial sequence number; null when unknown.</summary>
    public SeqNum? Irs { get; init; }
}
