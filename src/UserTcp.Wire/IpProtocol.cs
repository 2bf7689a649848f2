namespace UserTcp.Wire;

/// <summary>Numbers of the IPv4 Protocol and the IPv6 Next Header field.</summary>
public enum IpProtocol : byte
{
    /// <summary>IPv6 hop-by-hop options (RFC 8200 section 4.3).</summary>
    HopByHop = 0,

    /// <summary>ICMP for IPv4 (RFC 792).</summary>
    Icmp = 1,

    /// <summary>TCP (RFC 9293).</summary>
    Tcp = 6,

    /// <summary>UDP (RFC 768).</summary>
    Udp = 17,

    /// <summary>IPv6 routing header (RFC 8200 section 4.4).</summary>
    Routing = 43,

    /// <summary>IPv6 fragment header (RFC 8200 section 4.5).</summary>
    Fragment = 44,

    /// <summary>ICMP for IPv6 (RFC 4443).</summary>
    IcmpV6 = 58,

    /// <summary>No next header (RFC 8200 section 4.7).</summary>
    NoNext = 59,

    /// <summary>IPv6 destination options (RFC 8200 section 4.6).</summary>
    DestinationOptions = 60,
}
