using System.Buffers.Binary;
using UserTcp.Fuzz.Running;
using UserTcp.Tun;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>
/// virtio_net headers before frames: an accepted frame is split into valid segments with the same payload.
/// </summary>
internal sealed class VirtioTarget : FuzzTarget
{
    private const int Mtu = 1500;
    private const int MaxSegments = 65_535;

    private readonly ArrivingCut _cut = new(Mtu);
    private readonly byte[] _segment = new byte[65_535];

    public override string Name => "virtio";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 5));
        var isIPv4 = dice.OneIn(2);
        var frame = Samples.Packet(ref dice, isIPv4, dice.OneIn(8) ? dice.Below(8000) : dice.Below(300));
        var header = new byte[VirtioHeader.Length];
        header[0] = dice.Of<byte>([0, 1, 1, 2, 3, (byte)dice.Next()]);
        header[1] = dice.OneIn(3)
            ? (byte)0
            : dice.OneIn(8) ? (byte)dice.Next()
            : (byte)((isIPv4 ? 1 : 4) | (dice.OneIn(4) ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(2), (ushort)dice.OfMagnitude(16));
        BinaryPrimitives.WriteUInt16LittleEndian(
            header.AsSpan(4), dice.Of<ushort>([0, 1, 100, 1460, 0xFFFF, (ushort)dice.OfMagnitude(16)]));
        BinaryPrimitives.WriteUInt16LittleEndian(
            header.AsSpan(6), dice.OneIn(4) ? (ushort)dice.OfMagnitude(16) : (ushort)(isIPv4 ? 20 : 40));
        BinaryPrimitives.WriteUInt16LittleEndian(
            header.AsSpan(8), dice.OneIn(4) ? (ushort)dice.OfMagnitude(16) : (ushort)16);
        return Samples.Disturb([.. header, .. frame], ref dice);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        if (input.Length < VirtioHeader.Length || input.Length > VirtioHeader.Length + 65_535)
            return 1;
        var header = input[..VirtioHeader.Length];
        var frame = input[VirtioHeader.Length..];
        var accepted = VirtioHeader.IsAcceptable(header, frame);
        var size = VirtioHeader.SegmentSize(input);
        features.Hit(50, accepted ? 1 : 0, header[0] & 3, header[1] & 0x8F);
        Require(!accepted || size >= 0, "virtio: size", "Accepted, and its segment size makes no sense.");
        input.CopyTo(_cut.Memory);
        if (!_cut.TryStart(input.Length))
        {
            features.Add("refused");
            return 1;
        }

        features.Add(size > 0 ? "cut" : "whole");
        CheckSegments(frame, size, features);
        return 1;
    }

    private void CheckSegments(ReadOnlySpan<byte> frame, int size, Features features)
    {
        var (count, payload) = (0, 0);
        for (var length = _cut.Next(_segment); length > 0; length = _cut.Next(_segment))
        {
            Require(
                ++count <= MaxSegments && length <= Mtu, "virtio: segments", $"Segment {count} has {length} bytes.");
            if (size == 0)
                continue;
            var segment = _segment.AsSpan(0, length);
            var isIPv4 = segment[0] >> 4 == 4;
            var ip = isIPv4 ? IpHeader.IPv4Length : IpHeader.IPv6Length;
            var header = ip + (segment[ip + 12] >> 4 << 2);
            var bytes = length - header;
            Require(
                bytes > 0 && bytes <= size, "virtio: segments", $"{bytes} bytes of payload in a segment of {size}.");
            Require(
                segment[header..].SequenceEqual(frame.Slice(header + payload, bytes)), "virtio: payload",
                "It is not the frame's.");
            payload += bytes;
            Require(
                !IpPacket.TryParse(segment, verifyChecksum: true, out var packet, out _)
                || packet.Payload.Length < header - ip
                || (TcpSegment.TryParse(packet.Payload, out var tcp)
                    && tcp.HasValidChecksum(packet.Source, packet.Destination)),
                "virtio: checksum", "A segment's is wrong.");
            Require(
                payload < frame.Length - header || header + payload == frame.Length,
                "virtio: payload", "Too much of it.");
        }

        Require(count > 0, "virtio: segments", "Accepted, and nothing comes of it.");
        features.Hit(51, Features.Magnitude(count), Features.Magnitude(size));
    }
}
