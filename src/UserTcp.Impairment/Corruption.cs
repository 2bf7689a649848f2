using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>Inverts bits of a frame.</summary>
internal static class Corruption
{
    private const int MaxBits = 16;

    /// <summary>Inverts 1 to 16 bits; <paramref name="choice"/> decides how many and which.</summary>
    /// <returns>True when a checksum of the frame detects it.</returns>
    public static bool InvertBits(Span<byte> frame, long choice)
    {
        var bits = 1 + SplitMix64.ToRange(SplitMix64.Hash((ulong)choice), MaxBits);
        for (var i = 0; i < bits; i++)
        {
            var bit = SplitMix64.ToRange(SplitMix64.Hash((ulong)choice, (ulong)i + 1), frame.Length * 8L);
            frame[(int)(bit / 8)] ^= (byte)(1 << (int)(bit % 8));
        }

        return !HasValidChecksums(frame);
    }

    /// <summary>True when all checksums of the frame are valid: IPv4 header, and TCP or ICMP.</summary>
    public static bool HasValidChecksums(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _))
            return false;
        return packet.Protocol switch
        {
            IpProtocol.Tcp => TcpSegment.TryParse(packet.Payload, out var segment)
                && segment.HasValidChecksum(packet.Source, packet.Destination),
            IpProtocol.Icmp or IpProtocol.IcmpV6 =>
                IcmpMessage.TryParse(packet.Payload, out var message)
                && message.HasValidChecksum(packet.Source, packet.Destination),
            _ => false,
        };
    }
}
