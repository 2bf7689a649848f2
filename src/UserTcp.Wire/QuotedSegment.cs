using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// The TCP segment that an ICMP error quotes (RFC 792, RFC 1122 section 3.2.2, RFC 4443 section 2.4 c).
/// </summary>
/// <param name="Tuple">The connection; the local side is the segment's source, since this host sent it.</param>
/// <param name="Seq">Its sequence number.</param>
/// <param name="Protocol">Its protocol: TCP.</param>
public readonly record struct QuotedSegment(FourTuple Tuple, SeqNum Seq, IpProtocol Protocol)
{
    private const int MinTcpOctets = 8;
    private const int IPv4AddressesAt = 12;
    private const int IPv6AddressesAt = 8;

    /// <summary>
    /// Parses a quote. It may end eight octets into the TCP header, and its length fields are ignored. False when it is
    /// too short, a later fragment, or not TCP.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> quoted, bool isIPv4, out QuotedSegment segment) =>
        isIPv4 ? TryParseV4(quoted, out segment) : TryParseV6(quoted, out segment);

    private static bool TryParseV4(ReadOnlySpan<byte> quoted, out QuotedSegment segment)
    {
        segment = default;
        if (quoted.Length < IpHeader.IPv4Length || quoted[0] >> 4 != 4 || (IpProtocol)quoted[9] != IpProtocol.Tcp)
            return false;
        var headerLength = (quoted[0] & 0x0F) * 4;
        var isLaterFragment = (BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]) & 0x1FFF) != 0;
        if (headerLength < IpHeader.IPv4Length || quoted.Length < headerLength + MinTcpOctets || isLaterFragment)
            return false;
        var addresses = quoted[IPv4AddressesAt..];
        segment = Read(IpAddress.ReadIPv4(addresses), IpAddress.ReadIPv4(addresses[4..]), quoted[headerLength..]);
        return true;
    }

    /// <summary>This host sends no extension headers, so a quote of its packets has none.</summary>
    private static bool TryParseV6(ReadOnlySpan<byte> quoted, out QuotedSegment segment)
    {
        segment = default;
        if (quoted.Length < IpHeader.IPv6Length + MinTcpOctets || quoted[0] >> 4 != 6
            || (IpProtocol)quoted[6] != IpProtocol.Tcp)
        {
            return false;
        }

        var source = IpAddress.ReadIPv6(quoted[IPv6AddressesAt..]);
        var destination = IpAddress.ReadIPv6(quoted[(IPv6AddressesAt + 16)..]);
        // A mapped address is invalid on the wire (RFC 4942 section 2.2) and would name an IPv4 connection.
        if (source.IsIPv4 || destination.IsIPv4)
            return false;
        segment = Read(source, destination, quoted[IpHeader.IPv6Length..]);
        return true;
    }

    private static QuotedSegment Read(IpAddress source, IpAddress destination, ReadOnlySpan<byte> tcp)
    {
        var sourcePort = new Port(BinaryPrimitives.ReadUInt16BigEndian(tcp));
        var destinationPort = new Port(BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]));
        var seq = new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]));
        return new QuotedSegment(new FourTuple(source, sourcePort, destination, destinationPort), seq, IpProtocol.Tcp);
    }
}
