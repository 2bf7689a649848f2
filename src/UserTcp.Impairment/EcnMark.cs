using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>What a router does to a packet instead of dropping it when its queue grows (RFC 3168 section 5).</summary>
internal static class EcnMark
{
    /// <summary>Both bits of the field, which mean CE, congestion experienced.</summary>
    private const byte Ce = 0b11;

    /// <summary>Where the checksum of an IPv4 header is.</summary>
    private const int ChecksumOffset = 10;

    /// <summary>Marks a packet whose sender understands it; any other stays as it is.</summary>
    /// <returns>True when the packet is another now.</returns>
    public static bool Apply(Span<byte> packet)
    {
        if (packet.Length < IpHeader.IPv4Length)
            return false;
        if (packet[0] >> 4 == 4)
            return ApplyV4(packet);
        if (packet[0] >> 4 != 6 || ((packet[1] >> 4) & Ce) is 0 or Ce)
            return false;
        packet[1] |= Ce << 4;
        return true;
    }

    private static bool ApplyV4(Span<byte> packet)
    {
        var field = packet[1] & Ce;
        if (field is 0 or Ce)
            return false;
        packet[1] |= Ce;
        // RFC 1624 section 3: HC' = ~(~HC + ~m + m'), of which the words differ by the bit that was set.
        var checksum = packet[ChecksumOffset..];
        var sum = unchecked((ushort)~BinaryPrimitives.ReadUInt16BigEndian(checksum)) + (Ce ^ field);
        BinaryPrimitives.WriteUInt16BigEndian(checksum, unchecked((ushort)~((sum & 0xFFFF) + (sum >> 16))));
        return true;
    }
}
