using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Reading;

/// <summary>A TCP segment of a capture: its headers, without the data.</summary>
internal readonly record struct CapturedSegment
{
    /// <summary>The number of its frame.</summary>
    public required long Frame { get; init; }

    /// <summary>When it passed the capture point, since 1970.</summary>
    public required MonotonicTime Time { get; init; }

    /// <summary>The TCP header.</summary>
    public required TcpHeader Header { get; init; }

    /// <summary>Bytes of data by the lengths in the headers, captured or not.</summary>
    public required int PayloadLength { get; init; }

    /// <summary>The MSS option.</summary>
    public ushort? Mss { get; init; }

    /// <summary>The window scale option.</summary>
    public WindowScale? WindowScale { get; init; }

    /// <summary>The SACK-permitted option.</summary>
    public bool SackPermitted { get; init; }

    /// <summary>The timestamps option.</summary>
    public TcpTimestamps? Timestamps { get; init; }

    /// <summary>The SACK blocks.</summary>
    public SackBlocks Sack { get; init; }

    /// <summary>The IP header has CE.</summary>
    public bool IsCe { get; init; }

    /// <summary>The options were cut off, as a whole or in part.</summary>
    public bool HasOptionsCut { get; init; }

    /// <summary>
    /// The checksum is wrong, and not one that the sending host leaves to its network card. False when the capture has
    /// not the whole segment.
    /// </summary>
    public bool HasWrongChecksum { get; init; }

    /// <summary>The link is known to have lost it behind the capture point: its receiver has not seen it.</summary>
    public bool IsLost { get; init; }

    /// <summary>True for a segment of the conversation's first end.</summary>
    public bool IsFromFirst { get; init; }

    /// <summary>True when the control bit is set.</summary>
    public bool Has(TcpFlags flag) => (Header.Flags & flag) != 0;

    /// <summary>SEG.LEN: data, SYN and FIN.</summary>
    public int Length => PayloadLength + (Has(TcpFlags.Syn) ? 1 : 0) + (Has(TcpFlags.Fin) ? 1 : 0);

    /// <summary>
    /// True when this is the segment of an observation: addresses, ports, numbers, flags, window, timestamps and length
    /// are the same. Two that agree in all of them are the same segment, or a duplicate.
    /// </summary>
    /// <param name="tuple">The addresses and ports of this segment; the local side is its sender.</param>
    /// <param name="observed">The observation.</param>
    public bool IsOf(in FourTuple tuple, in SegmentObservation observed)
    {
        var ends = observed.Tuple;
        var sender = observed.Sent ? ends : ends.Reverse;
        return tuple == sender && Header.Seq == observed.Header.Seq && Header.Ack == observed.Header.Ack
            && Header.Flags == observed.Header.Flags && Header.Window == observed.Header.Window
            && PayloadLength == observed.PayloadLength
            && (HasOptionsCut || Timestamps == observed.Timestamps);
    }
}
