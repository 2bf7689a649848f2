namespace UserTcp.Wire;

/// <summary>The reason why a frame is not a valid IP packet for this host.</summary>
public enum IpParseError : byte
{
    /// <summary>No error.</summary>
    None,

    /// <summary>Fewer octets than the header needs.</summary>
    Truncated,

    /// <summary>Neither version 4 nor 6.</summary>
    BadVersion,

    /// <summary>The header length field is below 5 or beyond the packet.</summary>
    BadHeaderLength,

    /// <summary>The length field is below the header length or beyond the frame.</summary>
    BadTotalLength,

    /// <summary>The IPv4 header checksum is wrong.</summary>
    BadChecksum,

    /// <summary>A fragment of a larger packet (<see cref="IpFragment"/>).</summary>
    Fragment,

    /// <summary>More than eight IPv6 extension headers.</summary>
    TooManyExtensionHeaders,

    /// <summary>An IPv4-mapped IPv6 address, which is invalid on the wire (RFC 4942 section 2.2).</summary>
    MappedAddress,
}
