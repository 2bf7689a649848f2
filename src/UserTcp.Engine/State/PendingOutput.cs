using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>What handling input has found worth sending. Only the output side acts on it (docs/architecture.md, rule 1).</summary>
internal struct PendingOutput
{
    /// <summary>Our SYN (or SYN,ACK) has to go out, for the first time or again.</summary>
    public bool Syn;

    /// <summary>A tail loss probe has to go out (RFC 8985 section 7.3).</summary>
    public bool TailLossProbe;

    /// <summary>A zero-window probe has to go out.</summary>
    public bool ZeroWindowProbe;

    /// <summary>A keep-alive probe has to go out.</summary>
    public bool KeepAlive;

    /// <summary>The override timer of sender SWS avoidance has expired: send what fits (RFC 9293 section 3.8.6.2.1).</summary>
    public bool Override;

    /// <summary>Why an ACK has to go out at once; <see cref="SegmentReason.None"/> when it need not.</summary>
    public SegmentReason Ack;

    /// <summary>Nothing has to go out.</summary>
    public readonly bool IsEmpty => !(Syn || TailLossProbe || ZeroWindowProbe || KeepAlive || Override) && Ack == SegmentReason.None;
}
