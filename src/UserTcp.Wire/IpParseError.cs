namespace UserTcp.Wire;

/// <summary>Why bytes are not an IP packet that this host can use.</summary>
public enum IpParseError : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Fewer octets than the header needs.</summary>
    Truncated,

    /// <summary>Neither version 4 nor 6.</summary>
    BadVersion,

    /// <summary>The header length field is below 5, or the header does not fit.</summary>
    BadHeaderLength,

    /// <summary>The length field is smaller than the header or larger than what arrived.</summary>
    BadTotalLength,

    /// <summary>The IPv4 header checksum is wrong.</summary>
    BadChecksum,

    /// <summary>A fragment of a packet, which is not reassembled.</summary>
    Fragment,

    /// <summary>More IPv6 extension headers than anyone sends in earnest.</summary>
    TooManyExtensionHeaders,

    /// <summary>An IPv6 address of the form ::ffff:a.b.c.d, which may not be on the wire (RFC 4942 section 2.2).</summary>
    MappedAddress,

    /// <summary>An IPv6 routing header that asks us to forward (RFC 5095).</summary>
    RoutingHeader,
}
