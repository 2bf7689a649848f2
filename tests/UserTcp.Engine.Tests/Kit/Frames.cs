using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>A sent TCP segment, parsed.</summary>
internal sealed record SentSegment(TcpHeader Header, TcpOptions Options, byte[] Payload)
{
    /// <summary>DSCP and ECN of the IP header.</summary>
    public byte TrafficClass { get; init; }

    public override string ToString() =>
        $"{Header.Flags} seq={Header.Seq} ack={Header.Ack} win={Header.Window} len={Payload.Length}";
}

/// <summary>Builds and parses frames.</summary>
internal static class Frames
{
    public static byte[] Tcp(
        IpAddress source, IpAddress destination, TcpHeader header, TcpOptions options, ReadOnlySpan<byte> data)
    {
        var tcp = new byte[TcpHeader.MaxLength + data.Length];
        var headerLength = header.Write(tcp, options);
        data.CopyTo(tcp.AsSpan(headerLength));
        var length = headerLength + data.Length;
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(source, destination, IpProtocol.Tcp, length);
        sum.Add(tcp.AsSpan(0, length));
        TcpHeader.WriteChecksum(tcp, sum.Finish());
        return Ip(source, destination, IpProtocol.Tcp, tcp.AsSpan(0, length));
    }

    public static byte[] Ip(IpAddress source, IpAddress destination, IpProtocol protocol, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[IpHeader.LengthFor(source) + payload.Length];
        var length = IpHeader.Write(frame, source, destination, protocol, payload.Length, 64, 0);
        payload.CopyTo(frame.AsSpan(length));
        return frame;
    }

    public static byte[] Icmp(
        IpAddress source, IpAddress destination, byte type, byte code, uint rest, ReadOnlySpan<byte> body)
    {
        var message = new byte[8 + body.Length];
        IcmpMessage.Write(message, type, code, rest, body, source, destination);
        return Ip(source, destination, source.IsIPv4 ? IpProtocol.Icmp : IpProtocol.IcmpV6, message);
    }

    /// <summary>A UDP datagram to port 9.</summary>
    public static byte[] Udp(IpAddress source, IpAddress destination, ReadOnlySpan<byte> data) =>
        Udp(new UdpPeer(source, new Port(5000)), new UdpPeer(destination, new Port(9)), data);

    public static byte[] Udp(UdpPeer source, UdpPeer destination, ReadOnlySpan<byte> data)
    {
        var datagram = new byte[UdpHeader.Length + data.Length];
        UdpHeader.Write(datagram, source.Port, destination.Port, data.Length);
        data.CopyTo(datagram.AsSpan(UdpHeader.Length));
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(source.Address, destination.Address, IpProtocol.Udp, datagram.Length);
        sum.Add(datagram);
        UdpHeader.WriteChecksum(datagram, sum.Finish());
        return Ip(source.Address, destination.Address, IpProtocol.Udp, datagram);
    }

    /// <summary>Parses a TCP segment; asserts valid checksums (MUST-2), DF set and ID zero (RFC 6864).</summary>
    public static SentSegment Read(byte[] frame)
    {
        Assert.True(IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out var error), error.ToString());
        if (packet.IsIPv4)
        {
            Assert.Equal(
                0x4000_0000u & 0xFFFF_FFFF, (uint)((frame[4] << 8 | frame[5]) | (frame[6] << 24 | frame[7] << 16)));
        }

        Assert.Equal(IpProtocol.Tcp, packet.Protocol);
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        Assert.True(segment.HasValidChecksum(packet.Source, packet.Destination), "wrong checksum");
        var header = new TcpHeader(
            segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags,
            segment.Window, segment.UrgentPointer);
        return new SentSegment(header, segment.ParseOptions(), segment.Payload.ToArray())
        {
            TrafficClass = packet.TrafficClass,
        };
    }
}
