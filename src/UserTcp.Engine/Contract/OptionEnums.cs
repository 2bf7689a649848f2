namespace UserTcp.Engine.Contract;

/// <summary>The congestion control algorithm.</summary>
public enum CongestionAlgorithm : byte
{
    /// <summary>CUBIC (RFC 9438) with HyStart++ (RFC 9406).</summary>
    Cubic,

    /// <summary>Slow start and congestion avoidance (RFC 5681).</summary>
    NewReno,

    /// <summary>
    /// BBR version 3 (draft-ietf-ccwg-bbr): follows the delivery rate and RTT of the path rather than losses.
    /// </summary>
    Bbr,
}

/// <summary>How a sender detects losses with SACK.</summary>
public enum LossDetectionMethod : byte
{
    /// <summary>By time: a segment sent sufficiently before one that was delivered is lost (RACK, RFC 8985).</summary>
    Rack,

    /// <summary>By count: a segment with three later segments SACKed is lost (RFC 6675).</summary>
    Sack,
}

/// <summary>
/// Which connections use explicit congestion notification (RFC 3168). The values are those of Linux's tcp_ecn.
/// </summary>
public enum EcnMode
{
    /// <summary>None.</summary>
    Off = 0,

    /// <summary>Those whose SYN requests ECN; our own SYNs request it.</summary>
    Active = 1,

    /// <summary>Those whose SYN requests ECN; our own SYNs do not.</summary>
    Passive = 2,
}

/// <summary>When a sender probes the path MTU without ICMP (RFC 4821); Linux's tcp_mtu_probing.</summary>
public enum PathMtuProbing : byte
{
    /// <summary>Never: only ICMP changes the segment size, and only downwards.</summary>
    Off,

    /// <summary>
    /// After repeated timeouts of full-sized segments, or after ICMP has lowered the size, to raise it later.
    /// </summary>
    WhenBlackHole,

    /// <summary>From the first data on, which starts with segments that nearly every path carries.</summary>
    Always,
}

/// <summary>
/// When a listener answers a SYN with a SYN cookie instead of a half-open entry (RFC 4987 section 3.6; tcp_syncookies).
/// </summary>
public enum SynCookieMode : byte
{
    /// <summary>Never: a SYN beyond the limits is dropped.</summary>
    Never,

    /// <summary>While half-open connections are at their limit, or memory is short. The default.</summary>
    UnderPressure,

    /// <summary>For each SYN: for tests, and for hosts that keep no state for unverified peers.</summary>
    Always,
}
