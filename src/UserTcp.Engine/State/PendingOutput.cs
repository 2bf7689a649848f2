using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>
/// The segments that input, timeouts and user calls request. Output builds them later (docs/architecture.md, rule 1).
/// </summary>
internal struct PendingOutput
{
    /// <summary>Our SYN or SYN,ACK is to be sent or retransmitted.</summary>
    public bool Syn;

    /// <summary>A tail loss probe is to be sent (RFC 8985 section 7.3).</summary>
    public bool TailLossProbe;

    /// <summary>A zero-window probe is to be sent.</summary>
    public bool ZeroWindowProbe;

    /// <summary>A keep-alive probe is to be sent.</summary>
    public bool KeepAlive;

    /// <summary>
    /// The override timer of sender SWS avoidance has expired: send what fits (RFC 9293 section 3.8.6.2.1).
    /// </summary>
    public bool Override;

    /// <summary>Why an ACK is to be sent at once; <see cref="SegmentReason.None"/> when none is.</summary>
    public SegmentReason Ack;

    /// <summary>Nothing is requested.</summary>
    public readonly bool IsEmpty =>
        !(Syn || TailLossProbe || ZeroWindowProbe || KeepAlive || Override) && Ack == SegmentReason.None;
}
