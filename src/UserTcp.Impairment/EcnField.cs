using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>
/// The ECN field of the IP header, which a router changes instead of dropping the packet (RFC 3168 section 5).
/// </summary>
internal static class EcnField
{
    /// <summary>Congestion experienced: both bits of the field.</summary>
    private const byte Ce = 0b11;

    private const int IPv4ChecksumOffset = 10;

    /// <summary>True when the field is ECT(0) or ECT(1).</summary>
    public static bool IsCapable(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < IpHeader.IPv4Length || packet[0] >> 4 is not (4 or 6))
            return false;
        var field = packet[0] >> 4 == 4 ? packet[1] & Ce : (packet[1] >> 4) & Ce;
        return field is not (0 or Ce);
    }

    /// <summary>Sets the field to CE when it is ECT(0) or ECT(1).</summary>
    /// <returns>True when the packet has changed.</returns>
    public static bool TrySetCe(Span<byte> packet)
    {
        if (!IsCapable(packet))
            return false;
        if (packet[0] >> 4 == 4)
            SetCeV4(packet);
        else
            packet[1] |= Ce << 4;
        return true;
    }

    private static void SetCeV4(Span<byte> packet)
    {
        var field = packet[1] & Ce;
        packet[1] |= Ce;
        // RFC 1624 section 3: HC' = ~(~HC + ~m + m'). Here ~m + m' is the bit that was set.
        var checksum = packet[IPv4ChecksumOffset..];
        var sum = unchecked((ushort)~BinaryPrimitives.ReadUInt16BigEndian(checksum)) + (Ce ^ field);
        BinaryPrimitives.WriteUInt16BigEndian(checksum, unchecked((ushort)~((sum & 0xFFFF) + (sum >> 16))));
    }
}
