using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>
/// The input of a congestion control for one ACK, after the connection's state has been updated by it. It lives on the
/// stack and cannot be kept.
/// </summary>
public readonly ref struct AckSample
{
    /// <summary>When the ACK arrived.</summary>
    public MonotonicTime Now { get; init; }

    /// <summary>Bytes by which SND.UNA advanced; after an RTO without those that were SACKed before.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Bytes newly acknowledged or SACKed (RFC 2018).</summary>
    public int Delivered { get; init; }

    /// <summary>Bytes newly marked lost by this ACK.</summary>
    public int Lost { get; init; }

    /// <summary>SND.UNA.</summary>
    public SeqNum Una { get; init; }

    /// <summary>SND.NXT.</summary>
    public SeqNum Nxt { get; init; }

    /// <summary>The pipe (RFC 6675): bytes sent and neither acknowledged, SACKed nor lost.</summary>
    public long InFlight { get; init; }

    /// <summary>
    /// The RTT of the most recently sent segment that this ACK acknowledges; null when it is ambiguous (Karn's
    /// algorithm).
    /// </summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>SRTT (RFC 6298).</summary>
    public TimeSpan SmoothedRtt { get; init; }

    /// <summary>
    /// True when more than half of cwnd was in use, and the ACK has no ECN-echo; else cwnd must not grow (RFC 7661
    /// section 4.3).
    /// </summary>
    public bool WindowWasUsed { get; init; }

    /// <summary>
    /// True during loss recovery. Only a control with <see cref="CongestionControl.OwnsRecovery"/> sees such ACKs.
    /// </summary>
    public bool IsInRecovery { get; init; }

    /// <summary>The delivery rate sample of this ACK.</summary>
    public DeliveryRate Rate { get; init; }
}
