using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Pictures;

/// <summary>What a row of a ladder is.</summary>
internal enum RowKind
{
    /// <summary>A segment that we sent.</summary>
    Sent,

    /// <summary>A segment of the peer.</summary>
    Received,

    /// <summary>A user call, a timer or a loss, at our lifeline.</summary>
    Mark,

    /// <summary>Time that is not drawn, or events that were not recorded.</summary>
    Break,
}

/// <summary>A row of a ladder: what it says, without a place.</summary>
internal sealed record LadderRow
{
    public required RowKind Kind { get; init; }

    /// <summary>The event; null for a break in time.</summary>
    public ExplainedEvent? Event { get; init; }

    /// <summary>The control bits; empty for other rows than segments.</summary>
    public string Flags { get; init; } = "";

    /// <summary>Sequence numbers, length and window, in parts that are not broken.</summary>
    public IReadOnlyList<string> Numbers { get; init; } = [];

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>What it changed; empty when that is not asked for.</summary>
    public string Changes { get; init; } = "";

    /// <summary>The time since the first row; empty for a break.</summary>
    public string Time { get; init; } = "";

    /// <summary>The classes of its lines and words.</summary>
    public string CssClass { get; init; } = "";

    /// <summary>The link lost the segment.</summary>
    public bool IsLost { get; init; }

    /// <summary>The segment was sent before, and this is the event's number; null otherwise.</summary>
    public long? Retransmits { get; init; }

    /// <summary>It crosses the segment in the row before on the way.</summary>
    public bool CrossesPrevious { get; init; }

    /// <summary>The time from one end to the other; null when it is not known.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Our state after it; null when unknown.</summary>
    public TcpState? State { get; init; }

    /// <summary>The peer's state after it; null when unknown.</summary>
    public TcpState? PeerState { get; init; }

    /// <summary>The state that our end enters with it; null when it stays.</summary>
    public TcpState? Enters { get; init; }

    /// <summary>The state that the peer's end enters with it; null when it stays, or nobody can know.</summary>
    public TcpState? PeerEnters { get; init; }

    /// <summary>It is a segment.</summary>
    public bool IsSegment => Kind is RowKind.Sent or RowKind.Received;
}
