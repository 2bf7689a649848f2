using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// The UDP datagram that an ICMP error quotes (RFC 792, RFC 1122 section 4.1.3.3, RFC 4443 section 2.4 c). Its whole
/// header is quoted always.
/// </summary>
/// <param name="Tuple">Addresses and ports; the local side is the datagram's source, since this host sent it.</param>
/// <param name="Length">The UDP length in octets, header included.</param>
/// <param name="Checksum">The checksum field.</param>
public readonly record struct QuotedDatagram(FourTuple Tuple, ushort Length, ushort Checksum)
{
    /// <summary>Parses a quote. False when it is too short, a later fragment, or not UDP.</summary>
    public static bool TryParse(ReadOnlySpan<byte> quoted, bool isIPv4, out QuotedDatagram datagram)
    {
        datagram = default;
        if (!QuotedPacket.TryParse(quoted, isIPv4, IpProtocol.Udp, out var tuple, out var start))
            return false;
        datagram = new QuotedDatagram(
            tuple, BinaryPrimitives.ReadUInt16BigEndian(start[4..]), BinaryPrimitives.ReadUInt16BigEndian(start[6..]));
        return true;
    }
}
