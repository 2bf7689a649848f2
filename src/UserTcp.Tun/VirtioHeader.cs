using System.Buffers.Binary;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Tun;

/// <summary>
/// The header before each frame of a device with offload (struct virtio_net_hdr, virtio 1.2 section 5.1.6). Its byte
/// order is native, which is little-endian on all supported machines:
/// <code>
/// 0 flags | 1 gso_type | 2 hdr_len | 4 gso_size | 6 csum_start | 8 csum_offset |
/// </code>
/// </summary>
internal static class VirtioHeader
{
    public const int Length = 10;

    private const byte NeedsChecksum = 1;
    private const byte DataValid = 2;

    private const byte GsoNone = 0;
    private const byte GsoTcpV4 = 1;
    private const byte GsoTcpV6 = 4;
    private const byte GsoEcn = 0x80;

    /// <summary>GSO_BY_FRAGS: a special value, not a size. It does not occur on a TUN device.</summary>
    private const ushort NoSize = 0xFFFF;

    private const int TcpChecksumOffset = 16;

    /// <summary>Writes the kernel's work on a frame of the engine: complete the checksum, cut the data.</summary>
    public static void Write(Span<byte> header, in Emission frame)
    {
        header[..Length].Clear();
        var isIPv4 = !frame.Headers.IsEmpty && frame.Headers[0] >> 4 == 4;
        var ipLength = isIPv4 ? IpHeader.IPv4Length : IpHeader.IPv6Length;
        // Not a packet. The kernel refuses it.
        if (frame.Headers.Length < ipLength)
            return;
        // The checksums of ICMP and UDP are always complete.
        if ((IpProtocol)frame.Headers[isIPv4 ? 9 : 6] != IpProtocol.Tcp)
            return;
        header[0] = NeedsChecksum;
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)ipLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], TcpChecksumOffset);
        if (frame.SegmentSize == 0)
            return;
        header[1] = isIPv4 ? GsoTcpV4 : GsoTcpV6;
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], (ushort)frame.Headers.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)frame.SegmentSize);
    }

    /// <summary>
    /// True when the frame may go to the engine, which verifies no checksum of TCP or UDP on such a device: the header
    /// is valid, and the checksum is correct or the kernel has verified it. hdr_len is a hint that nothing depends on.
    /// </summary>
    public static bool IsAcceptable(ReadOnlySpan<byte> header, ReadOnlySpan<byte> frame)
    {
        if (!IsSegmentationSensible(header, frame))
            return false;
        if ((header[0] & NeedsChecksum) != 0)
        {
            var start = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
            var offset = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
            return start + offset + sizeof(ushort) <= frame.Length;
        }

        return (header[0] & DataValid) != 0 || IsIntact(frame);
    }

    /// <summary>Bytes of data in each segment of a frame; 0 for a single segment, -1 for an invalid header.</summary>
    public static int SegmentSize(ReadOnlySpan<byte> headerAndFrame)
    {
        if (!IsSegmentationSensible(headerAndFrame, headerAndFrame[Length..]))
            return -1;
        return headerAndFrame[1] == GsoNone ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(headerAndFrame[4..]);
    }

    /// <summary>
    /// Completes the checksum of a segment or datagram when the header asks for it; false when the header is invalid.
    /// </summary>
    public static bool TryComplete(ReadOnlySpan<byte> header, Span<byte> frame)
    {
        if ((header[0] & NeedsChecksum) == 0)
            return true;
        var start = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        if (start + offset + sizeof(ushort) > frame.Length)
            return false;
        // The sum of the pseudo-header is in the field already. Zero would mean that there is no checksum (RFC 768).
        var checksum = InternetChecksum.Compute(frame[start..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(start + offset)..], checksum == 0 ? ushort.MaxValue : checksum);
        return true;
    }

    private static bool IsSegmentationSensible(ReadOnlySpan<byte> header, ReadOnlySpan<byte> frame)
    {
        var type = (byte)(header[1] & ~GsoEcn);
        if (type == GsoNone)
            return true;
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        var version = type switch { GsoTcpV4 => 4, GsoTcpV6 => 6, _ => 0 };
        return size is > 0 and < NoSize && !frame.IsEmpty && frame[0] >> 4 == version;
    }

    /// <summary>True also for a frame that is neither TCP nor UDP: the engine drops and counts it.</summary>
    private static bool IsIntact(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _))
            return true;
        return packet.Protocol switch
        {
            IpProtocol.Tcp => !TcpSegment.TryParse(packet.Payload, out var segment)
                || segment.HasValidChecksum(packet.Source, packet.Destination),
            IpProtocol.Udp => !UdpDatagram.TryParse(packet.Payload, out var datagram)
                || datagram.HasValidChecksum(packet.Source, packet.Destination),
            _ => true,
        };
    }
}
