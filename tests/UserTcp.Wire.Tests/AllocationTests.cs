namespace UserTcp.Wire.Tests;

/// <summary>The segment path allocates zero bytes.</summary>
public class AllocationTests
{
    public static TheoryData<string> Kinds { get; } = [.. Frames.All().Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Parsing_a_frame_allocates_nothing(string kind)
    {
        var frame = Frames.All().Single(sample => sample.Name == kind).Frame;
        var taken = 0u;
        Assert.Equal(0, Allocations.Of(() => taken += Parse(frame)));
        Assert.NotEqual(0u, taken);
    }

    [Fact]
    public void Refusing_a_frame_allocates_nothing()
    {
        byte[][] bad =
        [
            [], [0x45], Frames.IPv4(IpProtocol.Tcp, [1, 2, 3]), Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true))[..30],
            Frames.IPv6(IpProtocol.Routing, Frames.RoutingHeader(IpProtocol.Tcp, 1)),
            Frames.IPv6(IpProtocol.Tcp, new byte[20]),
        ];
        var taken = 0u;
        foreach (var frame in bad)
            Assert.Equal(0, Allocations.Of(() => taken += Parse(frame)));
        Assert.Equal(0u, taken);
    }

    [Fact]
    public void Writing_headers_allocates_nothing()
    {
        var room = new byte[IpHeader.IPv6Length + TcpHeader.MaxLength];
        var options = Frames.AllOptions;
        foreach (var isIPv4 in new[] { true, false })
        {
            var (source, destination) = isIPv4 ? (Frames.V4A, Frames.V4B) : (Frames.V6A, Frames.V6B);
            Assert.Equal(0, Allocations.Of(() => WriteSegment(room, source, destination, options)));
        }
    }

    [Fact]
    public void Writing_an_ICMP_message_allocates_nothing()
    {
        var room = new byte[100];
        var body = Frames.Payload(56);
        Assert.Equal(
            0, Allocations.Of(() => IcmpMessage.Write(room, IcmpV4.EchoReply, 0, 1, body, Frames.V4A, Frames.V4B)));
        Assert.Equal(
            0, Allocations.Of(() => IcmpMessage.Write(room, IcmpV6.EchoReply, 0, 1, body, Frames.V6A, Frames.V6B)));
    }

    [Fact]
    public void Comparing_and_hashing_allocates_nothing()
    {
        var tuple = new FourTuple(Frames.V6A, new Port(1), Frames.V6B, new Port(2));
        var other = tuple with { RemotePort = new Port(3) };
        var same = 0;
        Assert.Equal(0, Allocations.Of(() =>
            same += tuple == other || new SeqNum(1) == new SeqNum(2) ? 1 : tuple.GetHashCode() & 1));
    }

    [Fact]
    public void Writing_a_datagram_allocates_nothing()
    {
        var room = new byte[IpHeader.IPv6Length + UdpHeader.Length];
        Assert.Equal(0, Allocations.Of(() =>
        {
            var at = IpHeader.Write(room, Frames.V6A, Frames.V6B, IpProtocol.Udp, UdpHeader.Length, 64, 0);
            UdpHeader.Write(room.AsSpan(at), new Port(1), new Port(2), 0);
            var sum = default(ChecksumAccumulator);
            sum.AddPseudoHeader(Frames.V6A, Frames.V6B, IpProtocol.Udp, UdpHeader.Length);
            sum.Add(room.AsSpan(at));
            UdpHeader.WriteChecksum(room.AsSpan(at), sum.Finish());
        }));
    }

    private static uint Parse(byte[] frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _))
            return 0;
        if (packet.Protocol == IpProtocol.Tcp && TcpSegment.TryParse(packet.Payload, out var segment))
        {
            return (segment.HasValidChecksum(packet.Source, packet.Destination) ? 1u : 2)
                + (segment.ParseOptions().Timestamps?.Echo ?? 0);
        }

        if (packet.Protocol == IpProtocol.Udp)
        {
            return !UdpDatagram.TryParse(packet.Payload, out var datagram) ? 0
                : datagram.HasValidChecksum(packet.Source, packet.Destination) ? 1u : 2;
        }

        if (packet.Protocol == IpProtocol.Tcp || !IcmpMessage.TryParse(packet.Payload, out var message))
            return 0;
        var isQuoted = QuotedSegment.TryParse(message.Body, packet.IsIPv4, out var quoted);
        var isDatagram = QuotedDatagram.TryParse(message.Body, packet.IsIPv4, out var quotedDatagram);
        return (message.HasValidChecksum(packet.Source, packet.Destination) ? 1u : 2)
            + (isQuoted ? quoted.Seq.Value >> 31 : 0) + (isDatagram ? quotedDatagram.Checksum : 0u);
    }

    private static void WriteSegment(byte[] room, IpAddress source, IpAddress destination, in TcpOptions options)
    {
        var at = IpHeader.Write(room, source, destination, IpProtocol.Tcp, TcpHeader.MaxLength, 64, 0);
        var length = Frames.Header().Write(room.AsSpan(at), options);
        var sum = default(ChecksumAccumulator);
        sum.AddPseudoHeader(source, destination, IpProtocol.Tcp, length);
        sum.Add(room.AsSpan(at, length));
        TcpHeader.WriteChecksum(room.AsSpan(at), sum.Finish());
    }
}
