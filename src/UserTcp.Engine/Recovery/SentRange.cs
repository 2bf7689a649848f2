using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>What is known of octets that are outstanding.</summary>
[Flags]
internal enum RangeFlags : byte
{
    None = 0,

    /// <summary>The peer has said that they arrived (RFC 2018). It may still throw them away, so they stay in the send queue.</summary>
    Sacked = 1,

    /// <summary>They count as lost.</summary>
    Lost = 2,

    /// <summary>They have been sent again since they were lost, or as a probe, and are in the network.</summary>
    Retransmitted = 4,

    /// <summary>They have been sent more than once, so an acknowledgment does not tell which of them arrived (Karn's algorithm).</summary>
    Ambiguous = 8,
}

/// <summary>Octets next to each other that were sent at one time, in one segment or several, and of which the same is known.</summary>
internal struct SentRange
{
    /// <summary>When they were last sent.</summary>
    public MonotonicTime SentAt;

    /// <summary>What had been delivered when they were last sent.</summary>
    public DeliverySnapshot Snapshot;

    /// <summary>The sequence number after the last; the first is the end of the range before.</summary>
    public SeqNum End;

    /// <summary>Segments in it.</summary>
    public ushort Segments;

    public RangeFlags Flags;

    public readonly bool Has(RangeFlags flags) => (Flags & flags) != 0;

    /// <summary>Lost, and not sent again yet.</summary>
    public readonly bool NeedsRetransmission => (Flags & (RangeFlags.Lost | RangeFlags.Retransmitted | RangeFlags.Sacked)) == RangeFlags.Lost;
}
