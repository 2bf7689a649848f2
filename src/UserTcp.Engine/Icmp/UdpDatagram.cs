using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Engine.Icmp;

/// <summary>UDP (RFC 768), as far as an ICMP port unreachable needs it: a corrupted datagram gets none.</summary>
internal static class UdpDatagram
{
    private const int HeaderLength = 8;

    /// <summary>
    /// True when the length is valid and the checksum correct. Only IPv4 may omit the checksum (RFC 8200 section 8.1).
    /// </summary>
    public static bool IsIntact(in IpPacket packet)
    {
        var datagram = packet.Payload;
        if (datagram.Length < HeaderLength)
            return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        if (length < HeaderLength || length > datagram.Length)
            return false;
        if (BinaryPrimitives.ReadUInt16BigEndian(datagram[6..]) == 0)
            return packet.IsIPv4;
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(packet.Source, packet.Destination, IpProtocol.Udp, length);
        sum.Add(datagram[..length]);
        return sum.Finish() == 0;
    }
}
