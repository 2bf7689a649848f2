using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>
/// One thing that a link has done to a frame. The plain delay of a link is no verdict: all frames have it.
/// </summary>
public readonly record struct LinkVerdict
{
    /// <summary>What the link has done.</summary>
    public LinkVerdictKind Kind { get; init; }

    /// <summary>Why it has done so.</summary>
    public LinkVerdictCause Cause { get; init; }

    /// <summary>True for a frame that the stack sends, false for a frame on its way to the stack.</summary>
    public bool Outbound { get; init; }

    /// <summary>
    /// The connection; local is the stack's side. The ports are 0 when the frame is not a TCP segment, and all is 0
    /// when it is no IP packet.
    /// </summary>
    public FourTuple Tuple { get; init; }

    /// <summary>The TCP header as it entered the link; zero when the frame is not a TCP segment.</summary>
    public TcpHeader Header { get; init; }

    /// <summary>Bytes of data in the segment; 0 when the frame is not a TCP segment.</summary>
    public int PayloadLength { get; init; }

    /// <summary>
    /// How much later than the link's own delay the frame, or its second copy, arrives: for
    /// <see cref="LinkVerdictKind.Held"/>, <see cref="LinkVerdictKind.Reordered"/>,
    /// <see cref="LinkVerdictKind.Duplicated"/> and <see cref="LinkVerdictKind.Replayed"/>; zero otherwise.
    /// </summary>
    public TimeSpan Delay { get; init; }

    /// <summary>
    /// The link's own delay, without jitter and queue: a lost frame would have arrived this much later. Zero when the
    /// frame is not lost.
    /// </summary>
    public TimeSpan LinkDelay { get; init; }

    /// <summary>
    /// The trigger as it was given, such as <c>drop=fin:1</c>; null unless <see cref="Cause"/> is
    /// <see cref="LinkVerdictCause.Trigger"/>.
    /// </summary>
    public string? Trigger { get; init; }
}

/// <summary>What a link has done to a frame.</summary>
public enum LinkVerdictKind
{
    /// <summary>The frame is dropped.</summary>
    Lost,

    /// <summary>The frame arrives later, by the time that a trigger names. Frames behind it do not wait.</summary>
    Held,

    /// <summary>The frame arrives twice.</summary>
    Duplicated,

    /// <summary>The frame arrives later, so that frames behind it may arrive first.</summary>
    Reordered,

    /// <summary>Bits of the frame are inverted.</summary>
    Corrupted,

    /// <summary>The ECN field of the IP header is set to CE (RFC 3168 section 5).</summary>
    Marked,

    /// <summary>The frame arrives, and once more much later.</summary>
    Replayed,

    /// <summary>The frame is dropped because the queue is full.</summary>
    QueueFull,
}

/// <summary>Why a link has done something to a frame.</summary>
public enum LinkVerdictCause
{
    /// <summary>A probability: the seed's draw for this frame.</summary>
    Chance,

    /// <summary>The frame is in a burst of losses, which a probability began.</summary>
    Burst,

    /// <summary>A trigger names this frame (<see cref="LinkVerdict.Trigger"/>).</summary>
    Trigger,

    /// <summary>The queue of the link: it is full, or so long that the link sets CE.</summary>
    Queue,

    /// <summary>The frame is larger than the link's MTU.</summary>
    Mtu,

    /// <summary>The link is down.</summary>
    LinkDown,

    /// <summary>
    /// The frame was corrupted, and no checksum would show it to the receiver: it is lost instead.
    /// </summary>
    Corruption,
}
