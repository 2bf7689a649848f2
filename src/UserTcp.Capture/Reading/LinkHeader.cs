using System.Buffers.Binary;

namespace UserTcp.Capture.Reading;

/// <summary>Finds the IP packet in a frame, by the link type of the pcap registry.</summary>
internal static class LinkHeader
{
    private const int IPv4 = 0x0800;
    private const int IPv6 = 0x86DD;
    private const int MaxTags = 4;

    /// <summary>The offset of the IP header; null for another protocol or link type, and for a short frame.</summary>
    public static int? FindIp(ushort linkType, ReadOnlySpan<byte> frame) => linkType switch
    {
        // Raw IP; 12 and 14 are what some systems write for it.
        12 or 14 or 101 or 228 or 229 => 0,
        0 => OfLoopback(frame, isBigEndian: false) ?? OfLoopback(frame, isBigEndian: true),
        108 => OfLoopback(frame, isBigEndian: true),
        1 => AfterTags(frame, 12),
        // Linux cooked capture, versions 1 and 2.
        113 => AfterTags(frame, 14),
        276 when frame.Length >= 20 => IsIp(BinaryPrimitives.ReadUInt16BigEndian(frame)) ? 20 : null,
        _ => null,
    };

    /// <summary>The protocol at an offset, behind which VLAN tags (IEEE 802.1Q, 802.1ad) may stand.</summary>
    private static int? AfterTags(ReadOnlySpan<byte> frame, int at)
    {
        for (var tags = 0; tags <= MaxTags && frame.Length >= at + 2; tags++)
        {
            var protocol = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
            if (IsIp(protocol))
                return at + 2;
            if (protocol is not (0x8100 or 0x88A8 or 0x9100))
                return null;
            at += 4;
        }

        return null;
    }

    /// <summary>An address family of BSD: 2 for IPv4; IPv6 has another number in each system.</summary>
    private static int? OfLoopback(ReadOnlySpan<byte> frame, bool isBigEndian)
    {
        if (frame.Length < 4)
            return null;
        var family = isBigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(frame)
            : BinaryPrimitives.ReadUInt32LittleEndian(frame);
        return family is 2 or 10 or 24 or 28 or 30 ? 4 : null;
    }

    private static bool IsIp(int protocol) => protocol is IPv4 or IPv6;
}
