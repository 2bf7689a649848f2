using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>Cuts packets into fragments, and puts sent ones together, both in the plainest way.</summary>
internal static class Fragments
{
    /// <summary>Cuts a packet without options into fragments of that many octets of data, a multiple of 8.</summary>
    public static List<byte[]> Cut(byte[] packet, int size, uint id = 77)
    {
        var header = packet[0] >> 4 == 4 ? IpHeader.IPv4Length : IpHeader.IPv6Length;
        var fragments = new List<byte[]>();
        for (var at = header; at < packet.Length; at += size)
        {
            var data = packet[at..Math.Min(at + size, packet.Length)];
            fragments.Add(One(packet, id, at - header, at + size < packet.Length, data));
        }

        return fragments;
    }

    /// <summary>One fragment with the headers of a packet.</summary>
    public static byte[] One(byte[] packet, uint id, int offset, bool hasMore, byte[] data)
    {
        Assert.True(IpPacket.TryParse(packet, verifyChecksum: false, out var whole, out _));
        var fragment = new byte[IpHeader.FragmentLengthFor(whole.Source) + data.Length];
        var place = new IpFragment(id, offset, hasMore, 0, 0, whole.Protocol);
        var written = IpHeader.WriteFragment(
            fragment, whole.Source, whole.Destination, place, data.Length, whole.HopLimit, whole.TrafficClass);
        data.CopyTo(fragment.AsSpan(written));
        return fragment;
    }

    /// <summary>Changes DSCP and ECN of a packet.</summary>
    public static byte[] WithTrafficClass(byte[] packet, byte value)
    {
        var changed = packet.ToArray();
        if (changed[0] >> 4 == 4)
        {
            changed[1] = value;
            changed[10] = changed[11] = 0;
            var header = changed.AsSpan(0, (changed[0] & 0xF) * 4);
            BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Compute(header));
        }
        else
        {
            changed[0] = (byte)(0x60 | (value >> 4));
            changed[1] = (byte)(value << 4);
        }

        return changed;
    }

    /// <summary>
    /// The message of sent fragments in their order, which all have one identification and valid headers.
    /// </summary>
    public static byte[] Join(IReadOnlyList<byte[]> frames)
    {
        var data = new List<byte>();
        var ids = new HashSet<uint>();
        for (var i = 0; i < frames.Count; i++)
        {
            Assert.False(IpPacket.TryParse(frames[i], verifyChecksum: true, out var packet, out var error));
            Assert.Equal(IpParseError.Fragment, error);
            Assert.True(IpFragment.TryRead(packet, out var fragment));
            Assert.Equal((data.Count, i < frames.Count - 1), (fragment.Offset, fragment.HasMore));
            ids.Add(fragment.Identification);
            data.AddRange(packet.Payload);
        }

        Assert.Single(ids);
        return [.. data];
    }
}
