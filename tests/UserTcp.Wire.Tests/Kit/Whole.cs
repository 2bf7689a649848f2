namespace UserTcp.Wire.Tests.Kit;

/// <summary>
/// Runs bytes through every parser and reads every property of every view. The views have to agree and lie within the
/// bytes.
/// </summary>
internal static class Whole
{
    /// <summary>Checks a frame; true when it parses as an IP packet.</summary>
    public static bool Read(ReadOnlySpan<byte> frame)
    {
        if (IPv4Packet.TryParse(frame, out var v4))
            Check(frame, v4);
        if (IPv6Packet.TryParse(frame, out var v6))
            Check(frame, v6);
        var taken = IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out var error);
        Assert.Equal(taken, error == IpParseError.None);
        if (taken)
            Check(frame, packet);
        return taken;
    }

    public static void Check(ReadOnlySpan<byte> frame, in IPv4Packet packet)
    {
        IsAt(frame, packet.Bytes, 0);
        Assert.Equal(BinaryPrimitives.ReadUInt16BigEndian(frame[2..]), packet.Bytes.Length);
        Assert.InRange(packet.HeaderLength, 20, 60);
        IsAt(packet.Bytes, packet.Payload, packet.HeaderLength);
        Assert.Equal(packet.Bytes.Length - packet.HeaderLength, packet.Payload.Length);
        Assert.Equal(packet.IsFragment, packet.MoreFragments || packet.FragmentOffset > 0);
        Assert.InRange(packet.FragmentOffset, 0, 0x1FFF * 8);
        Assert.True(packet.Source.IsIPv4 && packet.Destination.IsIPv4);
        Assert.Equal(NaiveChecksum.Of(packet.Bytes[..packet.HeaderLength]) == 0, packet.HasValidChecksum);
        Assert.Equal(frame[1], packet.TrafficClass);
        Assert.Equal(frame[8], packet.HopLimit);
    }

    public static void Check(ReadOnlySpan<byte> frame, in IPv6Packet packet)
    {
        IsAt(frame, packet.Bytes, 0);
        Assert.Equal(40 + BinaryPrimitives.ReadUInt16BigEndian(frame[4..]), packet.Bytes.Length);
        var start = packet.Bytes.Length - packet.Payload.Length;
        Assert.True(start >= 40 && start % 8 == 0);
        IsAt(packet.Bytes, packet.Payload, start);
        Assert.Equal(frame[7], packet.HopLimit);
        Assert.Equal((byte)((frame[0] << 4 | frame[1] >> 4) & 0xFF), packet.TrafficClass);
        Assert.Equal(16, packet.Source.IsIPv4 ? 16 : packet.Source.Length);
        _ = packet.Destination;
    }

    public static void Check(ReadOnlySpan<byte> frame, in IpPacket packet)
    {
        IsAt(frame, packet.Bytes, 0);
        IsAt(packet.Bytes, packet.Payload, packet.Bytes.Length - packet.Payload.Length);
        Assert.Equal(packet.IsIPv4, packet.Source.IsIPv4);
        Assert.Equal(packet.IsIPv4, packet.Destination.IsIPv4);
        Assert.Equal(packet.IsIPv4 ? 4 : 6, frame[0] >> 4);
        ReadTcp(packet.Payload);
        ReadUdp(packet.Payload);
        ReadIcmp(packet.Payload, packet.IsIPv4);
    }

    /// <summary>Checks a segment; true when it parses.</summary>
    public static bool ReadTcp(ReadOnlySpan<byte> bytes)
    {
        if (!TcpSegment.TryParse(bytes, out var segment))
            return false;
        IsAt(bytes, segment.Bytes, 0);
        Assert.Equal(bytes.Length, segment.Bytes.Length);
        Assert.InRange(segment.HeaderLength, TcpHeader.MinLength, TcpHeader.MaxLength);
        IsAt(bytes, segment.OptionBytes, TcpHeader.MinLength);
        IsAt(bytes, segment.Payload, segment.HeaderLength);
        Assert.Equal(segment.HeaderLength, TcpHeader.MinLength + segment.OptionBytes.Length);
        Assert.Equal(bytes.Length, segment.HeaderLength + segment.Payload.Length);
        Assert.InRange(segment.Length - (uint)segment.Payload.Length, 0u, 2u);
        Assert.InRange(segment.ParseOptions().Sack.Count, 0, SackBlocks.MaxCount);
        Assert.NotEqual<ushort?>(0, segment.ParseOptions().Mss);
        _ = (
            segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack,
            segment.Window, segment.UrgentPointer);
        var valid = NaiveChecksum.Of(Frames.V4A, Frames.V4B, IpProtocol.Tcp, bytes) == 0;
        Assert.Equal(valid, segment.HasValidChecksum(Frames.V4A, Frames.V4B));
        return true;
    }

    /// <summary>Checks a datagram; true when it parses.</summary>
    public static bool ReadUdp(ReadOnlySpan<byte> bytes)
    {
        if (!UdpDatagram.TryParse(bytes, out var datagram))
            return false;
        IsAt(bytes, datagram.Bytes, 0);
        IsAt(bytes, datagram.Payload, UdpHeader.Length);
        Assert.Equal(BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]), datagram.Bytes.Length);
        Assert.Equal(datagram.Bytes.Length, UdpHeader.Length + datagram.Payload.Length);
        _ = (datagram.SourcePort, datagram.DestinationPort);
        var isSummed = NaiveChecksum.Of(Frames.V4A, Frames.V4B, IpProtocol.Udp, datagram.Bytes) == 0;
        Assert.Equal(
            datagram.ChecksumField == 0 || isSummed, datagram.HasValidChecksum(Frames.V4A, Frames.V4B));
        return true;
    }

    /// <summary>Checks an ICMP message and its quote; true when it parses.</summary>
    public static bool ReadIcmp(ReadOnlySpan<byte> bytes, bool isIPv4)
    {
        if (!IcmpMessage.TryParse(bytes, out var message))
            return false;
        IsAt(bytes, message.Bytes, 0);
        IsAt(bytes, message.Body, 8);
        Assert.Equal(bytes.Length, 8 + message.Body.Length);
        _ = (message.Type, message.Code, message.Rest);
        Assert.Equal(NaiveChecksum.Of(bytes) == 0, message.HasValidChecksum(Frames.V4A, Frames.V4B));
        if (QuotedSegment.TryParse(message.Body, isIPv4, out var quoted))
            Assert.True(quoted.Tuple.LocalAddress.IsIPv4 == isIPv4 && quoted.Tuple.RemoteAddress.IsIPv4 == isIPv4);
        if (QuotedDatagram.TryParse(message.Body, isIPv4, out var datagram))
            Assert.True(datagram.Tuple.LocalAddress.IsIPv4 == isIPv4 && datagram.Tuple.RemoteAddress.IsIPv4 == isIPv4);
        return true;
    }

    /// <summary>The inner span lies in the outer one at that offset: the same memory.</summary>
    private static void IsAt(ReadOnlySpan<byte> outer, ReadOnlySpan<byte> inner, int offset)
    {
        Assert.InRange(inner.Length, 0, outer.Length - offset);
        if (inner.IsEmpty)
            return;
        Assert.True(outer.Overlaps(inner, out var found));
        Assert.Equal(offset, found);
    }
}
