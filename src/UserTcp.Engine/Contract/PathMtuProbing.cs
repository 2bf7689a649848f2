namespace UserTcp.Engine.Contract;

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
