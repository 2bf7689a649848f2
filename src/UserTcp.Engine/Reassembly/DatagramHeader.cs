using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Engine.Reassembly;

/// <summary>The headers of a packet that was put together from fragments.</summary>
internal static class DatagramHeader
{
    private const byte CongestionExperienced = 3;

    /// <summary>False for a packet that is too long for the field of its length.</summary>
    public static bool CanDescribe(ReadOnlySpan<byte> packet) =>
        packet.Length <= ushort.MaxValue + (packet[0] >> 4 == 4 ? 0 : IpHeader.IPv6Length);

    /// <summary>
    /// Writes the length of the whole packet, removes what made a fragment, and sets CE when a fragment had it.
    /// </summary>
    public static void Complete(Span<byte> packet, int headerLength, bool hasCe)
    {
        if (packet[0] >> 4 == 4)
            CompleteV4(packet, headerLength, hasCe);
        else
            CompleteV6(packet, hasCe);
    }

    private static void CompleteV4(Span<byte> packet, int headerLength, bool hasCe)
    {
        if (hasCe)
            packet[1] |= CongestionExperienced;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Compute(packet[..headerLength]));
    }

    private static void CompleteV6(Span<byte> packet, bool hasCe)
    {
        if (hasCe)
            packet[1] |= CongestionExperienced << 4;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - IpHeader.IPv6Length));
    }
}
