using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Engine.Icmp;

/// <summary>UDP (RFC 768), of which we know just enough to say that nobody listens: a damaged datagram says nothing of its port.</summary>
internal static class UdpDatagram
{
    private const int HeaderLength = 8;

    /// <summary>True when the length is possible and the checksum right; only over IPv4 may there be none (RFC 8200 section 8.1).</summary>
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
