using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>
/// Watches an engine. Called on the engine's thread, inside its turn: it must be quick, must not throw, and must not call
/// the engine.
/// </summary>
public interface IEngineObserver
{
    /// <summary>A segment was sent or has been handled.</summary>
    void OnSegment(in SegmentObservation observation);
}

/// <summary>A TCP segment as an observer sees it.</summary>
public readonly record struct SegmentObservation
{
    /// <summary>When it was sent or handled.</summary>
    public required MonotonicTime Time { get; init; }

    /// <summary>True for a segment of ours.</summary>
    public required bool Sent { get; init; }

    /// <summary>The connection identifiers, local side ours.</summary>
    public required FourTuple Tuple { get; init; }

    /// <summary>SEG.SEQ, SEG.ACK, flags and the window field as they stand in the header.</summary>
    public required TcpHeader Header { get; init; }

    /// <summary>Octets of text.</summary>
    public required int PayloadLength { get; init; }

    /// <summary>The window in octets, scaled.</summary>
    public required uint Window { get; init; }

    /// <summary>The MSS option of a SYN; null when there is none.</summary>
    public ushort? Mss { get; init; }

    /// <summary>The window scale option of a SYN; null when there is none.</summary>
    public WindowScale? WindowScale { get; init; }

    /// <summary>The blocks of the SACK option (RFC 2018, RFC 2883).</summary>
    public SackBlocks Sack { get; init; }

    /// <summary>Our state before; <see cref="TcpState.Closed"/> where there was no connection.</summary>
    public required TcpState Before { get; init; }

    /// <summary>Our state after.</summary>
    public required TcpState After { get; init; }

    /// <summary>Why it was sent; <see cref="SegmentReason.None"/> for an arrival.</summary>
    public SegmentReason Reason { get; init; }

    /// <summary>What its arrival came to; <see cref="Disposition.None"/> for a segment of ours.</summary>
    public Disposition Disposition { get; init; }

    /// <summary>ISS, our initial sequence number, to show numbers relative to; null when there is no connection.</summary>
    public SeqNum? Iss { get; init; }

    /// <summary>IRS, the peer's initial sequence number; null when it is not known.</summary>
    public SeqNum? Irs { get; init; }
}
