using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>Inverts bits of a frame.</summary>
internal static class Corruption
{
    private const int MaxBits = 16;

    /// <summary>
    /// Inverts 1 to 16 bits, which <paramref name="choice"/> chooses. False when the frame's checksums do not show it, so that nobody
    /// could tell it from a right one.
    /// </summary>
    public static bool Apply(Span<byte> frame, long choice)
    {
        var bits = 1 + Mix.Below(Mix.Of((ulong)choice), MaxBits);
        for (var i = 0; i < bits; i++)
        {
            var bit = Mix.Below(Mix.Of((ulong)choice, (ulong)i + 1), frame.Length * 8L);
            frame[(int)(bit / 8)] ^= (byte)(1 << (int)(bit % 8));
        }

        return !Verifies(frame);
    }

    /// <summary>True when every checksum in the frame is right.</summary>
    public static bool Verifies(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _))
            return false;
        return packet.Protocol switch
        {
            IpProtocol.Tcp => TcpSegment.TryParse(packet.Payload, out var segment) && segment.HasValidChecksum(packet.Source, packet.Destination),
            IpProtocol.Icmp or IpProtocol.IcmpV6 =>
                IcmpMessage.TryParse(packet.Payload, out var message) && message.HasValidChecksum(packet.Source, packet.Destination),
            _ => false,
        };
    }
}
