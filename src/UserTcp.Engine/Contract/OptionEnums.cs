namespace UserTcp.Engine.Contract;

/// <summary>Which algorithm decides how much may be in flight.</summary>
public enum CongestionAlgorithm : byte
{
    /// <summary>CUBIC (RFC 9438) with HyStart++ (RFC 9406).</summary>
    Cubic,

    /// <summary>Slow start and congestion avoidance of RFC 5681.</summary>
    NewReno,

    /// <summary>BBR version 3 (draft-ietf-ccwg-bbr), which goes by the path's rate and round trip rather than by losses.</summary>
    Bbr,
}

/// <summary>How a sender that is told of what has arrived (SACK) finds out what has not.</summary>
public enum LossDetectionMethod : byte
{
    /// <summary>By time: what was sent sufficiently before something that has arrived (RACK, RFC 8985).</summary>
    Rack,

    /// <summary>By number: what three later segments have overtaken (RFC 6675).</summary>
    Sack,
}

/// <summary>Which connections use explicit congestion notification (RFC 3168); the numbers are those of Linux's tcp_ecn.</summary>
public enum EcnMode
{
    /// <summary>None.</summary>
    Off = 0,

    /// <summary>Those whose SYN asks for it, and all that we open ask.</summary>
    Active = 1,

    /// <summary>Those whose SYN asks for it; ours do not.</summary>
    Passive = 2,
}

/// <summary>When segments themselves find out what the path carries, without ICMP (RFC 4821); Linux's tcp_mtu_probing.</summary>
public enum PathMtuProbing : byte
{
    /// <summary>Never: only ICMP changes the size of segments, and only downwards.</summary>
    Off,

    /// <summary>Once full-sized segments time out again and again, or ICMP has lowered the size, which may be raised later.</summary>
    WhenBlackHole,

    /// <summary>From the first text on, which goes out in segments that nearly every path carries.</summary>
    Always,
}

/// <summary>When a listener answers a SYN by a SYN cookie instead of a half-open entry (RFC 4987 section 3.6; tcp_syncookies).</summary>
public enum SynCookieMode : byte
{
    /// <summary>Never: a SYN beyond the limits is dropped.</summary>
    Never,

    /// <summary>While half-open connections are at their limit, or memory is short. The default.</summary>
    UnderPressure,

    /// <summary>Each SYN: for tests, and for hosts that keep no state for strangers at all.</summary>
    Always,
}
