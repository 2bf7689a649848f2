using UserTcp.Wire;

namespace UserTcp.Differential.Scripts;

/// <summary>The stack that a step applies to, when not to both.</summary>
internal enum StackKind
{
    Both,
    Engine,
    Linux,
}

/// <summary>One line of a script.</summary>
internal abstract record Step
{
    public int Line { get; init; }

    /// <summary>The reason, required for a line for one stack only.</summary>
    public StackKind For { get; init; }

    public string? Why { get; init; }

    /// <summary>True for a check, false for an action.</summary>
    public virtual bool IsCheck => false;

    public sealed override string ToString() => StepFormat.Write(this);
}

/// <summary>The peer sends a segment.</summary>
internal sealed record InjectStep(TcpFlags Flags, Number Seq, Number Ack) : Step
{
    public const int DefaultWindow = 65_535;

    public int Data { get; init; }

    public int Window { get; init; } = DefaultWindow;

    public int? Mss { get; init; }

    /// <summary>The shift of the window scale option.</summary>
    public int? Scale { get; init; }

    /// <summary>The SYN has SACK-permitted.</summary>
    public bool PermitsSack { get; init; }

    /// <summary>
    /// The SYN has timestamps; other segments have them when both SYNs had. The peer's clock advances by one per
    /// segment.
    /// </summary>
    public bool HasTimestamps { get; init; }

    /// <summary>The age of the segment's timestamp: how far it is before the peer's clock.</summary>
    public int Age { get; init; }

    /// <summary>The urgent pointer.</summary>
    public int Urgent { get; init; }

    /// <summary>SEG.LEN.</summary>
    public int Length => Data + (Flags.HasFlag(TcpFlags.Syn) ? 1 : 0) + (Flags.HasFlag(TcpFlags.Fin) ? 1 : 0);
}

/// <summary>The user's calls on a listening socket and the connection's socket.</summary>
internal enum UserCall
{
    Listen,
    Unlisten,
    Connect,
    Accept,
    Send,
    Receive,
    Shutdown,
    Close,
    Abort,
    NoDelay,
    KeepAlive,
}

/// <summary>A user call. <see cref="Result"/> is the expected result; null for any.</summary>
internal sealed record CallStep(UserCall Call) : Step
{
    public int Argument { get; init; }

    public string? Result { get; init; }
}

/// <summary>Waits until the stack sends, up to a time: virtual time for the engine, real time for the kernel.</summary>
internal sealed record WaitStep(TimeSpan Time) : Step;

/// <summary>
/// Expects the next segment that the stack has sent since the last call or segment; null expects none.
/// </summary>
internal sealed record ExpectStep(ExpectedSegment? Segment) : Step
{
    public override bool IsCheck => true;
}

/// <summary>Expects a state of the connection's socket.</summary>
internal sealed record ExpectStateStep(string State) : Step
{
    public override bool IsCheck => true;
}

/// <summary>An expected segment; null matches any value.</summary>
internal sealed record ExpectedSegment(
    TcpFlags Flags, int? Seq, int? Ack, int? Data, bool? HasZeroWindow, int? Mss, bool? HasScale);
