using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>What a <see cref="TraceEvent"/> says.</summary>
public enum TraceEventKind : byte
{
    /// <summary>A connection was opened or ended (<see cref="TraceEvent.Connection"/>).</summary>
    Connection,

    /// <summary>A segment was sent or handled (<see cref="TraceEvent.Segment"/>).</summary>
    Segment,

    /// <summary>Data in flight was found to be lost (<see cref="TraceEvent.Loss"/>).</summary>
    Loss,

    /// <summary>A timer was set, expired or was stopped (<see cref="TraceEvent.Timer"/>).</summary>
    Timer,

    /// <summary>The application called (<see cref="TraceEvent.Call"/>).</summary>
    Call,

    /// <summary>Our state changed (<see cref="TraceEvent.State"/>).</summary>
    State,

    /// <summary>What limits the sender changed (<see cref="ConnectionVitals.Limit"/>).</summary>
    Limit,

    /// <summary>The link did something to a frame (<see cref="TraceEvent.Link"/>).</summary>
    Link,

    /// <summary>Events that this viewer did not get (<see cref="TraceEvent.Missed"/>).</summary>
    Gap,
}

/// <summary>
/// One event of an engine, of a fixed size. An engine's events are in the order in which they happen. A segment, a
/// call and an expired timer are causes. The events of the same connection behind a cause, up to the next one, are its
/// effects: losses found, states, timers, limits.
/// </summary>
public readonly record struct TraceEvent
{
    /// <summary>The event's number in its stack, from 1; 0 until the stack has numbered it.</summary>
    public long Number { get; init; }

    /// <summary>What the event says. Other payloads than that of this kind are defaults.</summary>
    public required TraceEventKind Kind { get; init; }

    /// <summary>
    /// When it happened: for a segment of a stack the time of its frame, not that of the loop's turn.
    /// </summary>
    public required MonotonicTime Time { get; init; }

    /// <summary>The connection; the local side is ours.</summary>
    public required FourTuple Tuple { get; init; }

    /// <summary>ISS; null without a connection.</summary>
    public SeqNum? Iss { get; init; }

    /// <summary>IRS, the peer's initial sequence number; null when unknown.</summary>
    public SeqNum? Irs { get; init; }

    /// <summary>The connection after the event; null without one.</summary>
    public ConnectionVitals? Vitals { get; init; }

    /// <summary>The segment.</summary>
    public SegmentObservation Segment { get; init; }

    /// <summary>The loss.</summary>
    public LossFinding Loss { get; init; }

    /// <summary>The timer.</summary>
    public TimerChange Timer { get; init; }

    /// <summary>The user call.</summary>
    public UserCall Call { get; init; }

    /// <summary>Bytes of <see cref="UserCall.Send"/> and <see cref="UserCall.Receive"/>.</summary>
    public int CallBytes { get; init; }

    /// <summary>The change of state.</summary>
    public StateChange State { get; init; }

    /// <summary>How the connection began or ended.</summary>
    public ConnectionChange Connection { get; init; }

    /// <summary>The link's verdict on a frame.</summary>
    public LinkVerdict Link { get; init; }

    /// <summary>Number of events that the viewer did not get.</summary>
    public long Missed { get; init; }
}

/// <summary>A user call (RFC 9293 section 3.9.1).</summary>
public enum UserCall : byte
{
    /// <summary>Active OPEN.</summary>
    Open,

    /// <summary>SEND: data is appended to the send queue.</summary>
    Send,

    /// <summary>RECEIVE: the application has consumed data.</summary>
    Receive,

    /// <summary>CLOSE of the sending side; receiving continues.</summary>
    Shutdown,

    /// <summary>CLOSE: the application reads no more.</summary>
    Close,

    /// <summary>ABORT.</summary>
    Abort,
}

/// <summary>A change of our state.</summary>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
public readonly record struct StateChange(TcpState From, TcpState To);

/// <summary>What happened to a timer.</summary>
public enum TimerAction : byte
{
    /// <summary>Started, or restarted with another deadline.</summary>
    Set,

    /// <summary>Expired.</summary>
    Expired,

    /// <summary>Stopped.</summary>
    Stopped,
}

/// <summary>A change of a timer. RTO's parts are in <see cref="ConnectionVitals"/>.</summary>
/// <param name="Timer">The timer.</param>
/// <param name="Action">What happened to it.</param>
/// <param name="Deadline">When it is due, or was due.</param>
public readonly record struct TimerChange(TcbTimer Timer, TimerAction Action, MonotonicTime Deadline);

/// <summary>How a connection began or ended.</summary>
public enum ConnectionChangeKind : byte
{
    /// <summary>An active OPEN.</summary>
    ActiveOpen,

    /// <summary>A SYN opened it.</summary>
    PassiveOpen,

    /// <summary>The ACK of a SYN cookie opened it (RFC 4987 section 3.6).</summary>
    CookieOpen,

    /// <summary>The TCB is deleted. In TIME-WAIT an entry of the tuple is left.</summary>
    Ended,
}

/// <summary>The begin or the end of a connection.</summary>
/// <param name="Kind">Begin or end.</param>
/// <param name="Error">At the end: why; <see cref="EngineError.None"/> for an orderly close.</param>
public readonly record struct ConnectionChange(ConnectionChangeKind Kind, EngineError Error);
