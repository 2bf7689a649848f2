using UserTcp.Fuzz.Running;
using UserTcp.Wire;

namespace UserTcp.Fuzz.WholeEngine;

/// <content>Raw frames: flipped bits, replays, ICMP, and random bytes.</content>
internal sealed partial class EngineWorld
{
    private void FlipBits(ref Dice dice)
    {
        if (_frameLength == 0)
            return;
        var frame = _frame.AsSpan(0, _frameLength);
        var kind = dice.Below(4);
        var flips = dice.Between(kind == 0 ? 0 : 1, 4);
        for (var i = 0; i < flips; i++)
        {
            var max = dice.OneIn(4) ? frame.Length : Math.Min(frame.Length, 100);
            frame[dice.Below(max)] ^= (byte)(1 << dice.Below(8));
        }

        // Two flips in one column of the sum may cancel out: the checksum holds, and the data is not the peer's.
        if (kind != 0 || _setup.Link.ChecksumOffload || (flips > 0 && IsIntact(frame)))
            _isTrusted = false;
        if (kind >= 2 && IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _)
            && packet.Protocol == IpProtocol.Tcp
            && packet.Payload.Length >= TcpHeader.MinLength)
        {
            var start = packet.Bytes.Length - packet.Payload.Length;
            Draft.PutChecksum(frame.Slice(start, packet.Payload.Length), packet.Source, packet.Destination);
            if (packet.IsIPv4)
                PutIPv4Checksum(frame);
        }

        Deliver(_frameLength);
    }

    /// <summary>True when no checksum shows the change; a datagram may have none.</summary>
    private static bool IsIntact(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _))
            return false;
        return packet.Protocol switch
        {
            IpProtocol.Tcp => TcpSegment.TryParse(packet.Payload, out var segment)
                && segment.HasValidChecksum(packet.Source, packet.Destination),
            IpProtocol.Udp => UdpDatagram.TryParse(packet.Payload, out var datagram)
                && datagram.HasValidChecksum(packet.Source, packet.Destination),
            _ => false,
        };
    }

    private static void PutIPv4Checksum(Span<byte> frame)
    {
        var header = frame[..((frame[0] & 15) * 4)];
        header[10..12].Clear();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Compute(header));
    }

    /// <summary>An ICMP error about a segment of a connection, an echo request, or another message.</summary>
    private void SendIcmp(ref Dice dice)
    {
        Span<byte> quoted = stackalloc byte[120];
        var length = TryChoose(ref dice, out var target) ? Quote(ref dice, target, quoted) : 0;
        var isIPv4 = _setup.Ours.IsIPv4;
        var type = isIPv4
            ? dice.Of<byte>([3, 3, 3, 3, 4, 5, 8, 11, 12, (byte)dice.Next()])
            : dice.Of<byte>([2, 2, 2, 1, 1, 3, 4, 128, (byte)dice.Next()]);
        var code = isIPv4 && type == 3 ? dice.Of<byte>([4, 4, 0, 1, 2, 3, (byte)dice.Next()]) : (byte)dice.Below(6);
        var mtu = dice.Below(3) switch
        {
            0 => (uint)dice.Next(),
            1 => (uint)dice.OfMagnitude(17),
            _ => dice.Of<uint>([0, 68, 552, 576, 1280, 1400, 1492]),
        };
        Span<byte> message = stackalloc byte[200];
        var count = IcmpMessage.Write(message, type, code, mtu, quoted[..length], _setup.Peer, _setup.Ours);
        var protocol = isIPv4 ? IpProtocol.Icmp : IpProtocol.IcmpV6;
        var ip = IpHeader.Write(_frame, _setup.Peer, _setup.Ours, protocol, count, 64, 0);
        message[..count].CopyTo(_frame.AsSpan(ip));
        if (ip + count <= _setup.Link.MaxFrame)
            Deliver(ip + count);
    }

    private static int Quote(ref Dice dice, in Target target, Span<byte> quoted)
    {
        var size = dice.OneIn(2) ? target.Mss + 40 : (int)dice.OfMagnitude(16);
        var ip = IpHeader.Write(
            quoted, target.Tuple.LocalAddress, target.Tuple.RemoteAddress, IpProtocol.Tcp,
            Math.Clamp(size, 0, 65_000), 64, 0);
        var seq = dice.OneIn(2) ? target.SndUna : Interesting(ref dice, target);
        new TcpHeader(target.Tuple.LocalPort, target.Tuple.RemotePort, new SeqNum(seq), default, TcpFlags.Ack, 1000)
            .Write(quoted[ip..], default);
        var length = dice.OneIn(4)
            ? dice.Below(ip + TcpHeader.MinLength + 1)
            : ip + (dice.OneIn(2) ? 8 : TcpHeader.MinLength);
        if (dice.OneIn(4) && length > 0)
            quoted[dice.Below(length)] ^= (byte)(1 << dice.Below(8));
        return length;
    }
}
