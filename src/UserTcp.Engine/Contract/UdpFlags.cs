namespace UserTcp.Engine.Contract;

/// <summary>How a UDP endpoint shares its port, and which errors it reports.</summary>
[Flags]
public enum UdpFlags
{
    /// <summary>
    /// An endpoint on an address may be bound beside one on a wildcard; the exact address goes first. Only a connected
    /// endpoint reports errors, and only port and protocol unreachable, as in Linux.
    /// </summary>
    None = 0,

    /// <summary>An endpoint on :: leaves IPv4 alone (IPV6_V6ONLY, RFC 3493 section 5.3).</summary>
    IPv6Only = 1,

    /// <summary>No other endpoint may have an address of this one at the same port.</summary>
    Exclusive = 2,

    /// <summary>
    /// Every ICMP error about a datagram that was sent is reported (RFC 1122 section 4.1.3.3; IP_RECVERR).
    /// </summary>
    ReportsErrors = 4,

    /// <summary>
    /// A datagram that does not fit the path's MTU is refused, and not sent in fragments (IP_PMTUDISC_DO).
    /// </summary>
    DontFragment = 8,
}
