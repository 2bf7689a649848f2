namespace UserTcp.Engine.Contract;

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
