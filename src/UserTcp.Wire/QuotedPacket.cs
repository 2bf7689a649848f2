using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// The packet that an ICMP error quotes: its IP header, and eight octets or more of the transport header (RFC 792, RFC
/// 4443 section 2.4 c).
/// </summary>
internal static class QuotedPacket
{
    private const int MinOctets = 8;
    private const int IPv4AddressesAt = 12;
    private const int IPv6AddressesAt = 8;

    /// <summary>Parses a quote, whose length fields are ignored.</summary>
    /// <param name="quoted">The quoted packet, as far as it is there.</param>
    /// <param name="isIPv4">The family of the ICMP message.</param>
    /// <param name="protocol">The protocol that the quote must have.</param>
    /// <param name="tuple">Addresses and ports; the local side is the source, since this host sent the packet.</param>
    /// <param name="start">The first eight octets of the transport header.</param>
    /// <returns>False when it is too short, a later fragment, or of another protocol.</returns>
    public static bool TryParse(
        ReadOnlySpan<byte> quoted, bool isIPv4, IpProtocol protocol, out FourTuple tuple,
        out ReadOnlySpan<byte> start) => isIPv4
        ? TryParseV4(quoted, protocol, out tuple, out start)
        : TryParseV6(quoted, protocol, out tuple, out start);

    private static bool TryParseV4(
        ReadOnlySpan<byte> quoted, IpProtocol protocol, out FourTuple tuple, out ReadOnlySpan<byte> start)
    {
        tuple = default;
        start = default;
        if (quoted.Length < IpHeader.IPv4Length || quoted[0] >> 4 != 4 || (IpProtocol)quoted[9] != protocol)
            return false;
        var headerLength = (quoted[0] & 0x0F) * 4;
        var isLaterFragment = (BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]) & 0x1FFF) != 0;
        if (headerLength < IpHeader.IPv4Length || quoted.Length < headerLength + MinOctets || isLaterFragment)
            return false;
        var addresses = quoted[IPv4AddressesAt..];
        start = quoted.Slice(headerLength, MinOctets);
        tuple = Read(IpAddress.ReadIPv4(addresses), IpAddress.ReadIPv4(addresses[4..]), start);
        return true;
    }

    /// <summary>This host sends no extension headers, so a quote of its packets has none.</summary>
    private static bool TryParseV6(
        ReadOnlySpan<byte> quoted, IpProtocol protocol, out FourTuple tuple, out ReadOnlySpan<byte> start)
    {
        tuple = default;
        start = default;
        if (quoted.Length < IpHeader.IPv6Length + MinOctets || quoted[0] >> 4 != 6 || (IpProtocol)quoted[6] != protocol)
            return false;
        var source = IpAddress.ReadIPv6(quoted[IPv6AddressesAt..]);
        var destination = IpAddress.ReadIPv6(quoted[(IPv6AddressesAt + 16)..]);
        // A mapped address is invalid on the wire (RFC 4942 section 2.2) and would name an IPv4 connection.
        if (source.IsIPv4 || destination.IsIPv4)
            return false;
        start = quoted.Slice(IpHeader.IPv6Length, MinOctets);
        tuple = Read(source, destination, start);
        return true;
    }

    private static FourTuple Read(IpAddress source, IpAddress destination, ReadOnlySpan<byte> ports) => new(
        source, new Port(BinaryPrimitives.ReadUInt16BigEndian(ports)),
        destination, new Port(BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
}
