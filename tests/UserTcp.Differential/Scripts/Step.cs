using UserTcp.Wire;

namespace UserTcp.Differential.Scripts;

/// <summary>The stack that a step is for, when it is not for both.</summary>
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

    /// <summary>A line for one stack alone has to say why.</summary>
    public StackKind For { get; init; }

    public string? Why { get; init; }

    /// <summary>True for what is checked; false for what happens.</summary>
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

    /// <summary>The shift of a window scale option.</summary>
    public int? Scale { get; init; }

    /// <summary>A SYN that permits selective acknowledgments.</summary>
    public bool PermitsSack { get; init; }

    /// <summary>
    /// A SYN with timestamps; other segments have them when both SYNs had. The peer's clock goes on by one with each segment.
    /// </summary>
    public bool HasTimestamps { get; init; }

    /// <summary>How far before the peer's clock the segment's timestamp is: what has been delayed on its way.</summary>
    public int Age { get; init; }

    /// <summary>The urgent pointer.</summary>
    public int Urgent { get; init; }

    /// <summary>SEG.LEN: the sequence numbers that it takes.</summary>
    public int Length => Data + (Flags.HasFlag(TcpFlags.Syn) ? 1 : 0) + (Flags.HasFlag(TcpFlags.Fin) ? 1 : 0);
}

/// <summary>What the user does with its sockets: a listening one, and that of the connection.</summary>
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

/// <summary>The user makes a call. <see cref="Result"/> is what it has to return, if the script cares.</summary>
internal sealed record CallStep(UserCall Call) : Step
{
    public int Argument { get; init; }

    public string? Result { get; init; }
}

/// <summary>Time passes until the stack sends something, but not more than this: virtual time for the engine, real time for the kernel.</summary>
internal sealed record WaitStep(TimeSpan Time) : Step;

/// <summary>The next segment that the stack has sent since the last call or segment; null means that there is none left.</summary>
internal sealed record ExpectStep(ExpectedSegment? Segment) : Step
{
    public override bool IsCheck => true;
}

/// <summary>The state of the connection's socket, as the user can see it.</summary>
internal sealed record ExpectStateStep(string State) : Step
{
    public override bool IsCheck => true;
}

/// <summary>A segment as a script expects it; what is null may be anything.</summary>
internal sealed record ExpectedSegment(TcpFlags Flags, int? Seq, int? Ack, int? Data, bool? HasZeroWindow, int? Mss, bool? HasScale);
