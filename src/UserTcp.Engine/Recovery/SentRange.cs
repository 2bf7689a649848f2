using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>The flags of a range of data in flight.</summary>
[Flags]
internal enum RangeFlags : byte
{
    None = 0,

    /// <summary>SACKed (RFC 2018). The peer may still drop the data, so it stays in the send queue.</summary>
    Sacked = 1,

    /// <summary>Lost.</summary>
    Lost = 2,

    /// <summary>Retransmitted since it was lost, or as a tail loss probe, and in flight.</summary>
    Retransmitted = 4,

    /// <summary>Sent more than once: an ACK does not show which transmission arrived (Karn's algorithm).</summary>
    Ambiguous = 8,
}

/// <summary>Adjacent bytes that were sent at one time, in one segment or several, and share their flags.</summary>
internal struct SentRange
{
    /// <summary>When the range was last sent.</summary>
    public MonotonicTime SentAt;

    /// <summary>What had been delivered then.</summary>
    public DeliverySnapshot Snapshot;

    /// <summary>The sequence number after the last byte. The first is the end of the range before.</summary>
    public SeqNum End;

    /// <summary>Segments in it.</summary>
    public ushort Segments;

    public RangeFlags Flags;

    public readonly bool Has(RangeFlags flags) => (Flags & flags) != 0;

    /// <summary>Lost and not yet retransmitted.</summary>
    public readonly bool NeedsRetransmission =>
        (Flags & (RangeFlags.Lost | RangeFlags.Retransmitted | RangeFlags.Sacked)) == RangeFlags.Lost;
}
