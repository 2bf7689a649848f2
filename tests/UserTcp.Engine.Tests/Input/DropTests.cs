using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Calls;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>
/// Frames that the IP layer and the checksums drop: they are counted, draw no answer and change nothing.
/// </summary>
public class DropTests
{
    [Theory]
    [InlineData("4", "0.0.0.0")]
    [InlineData("4", "0.1.2.3")]
    [InlineData("4", "127.0.0.1")]
    [InlineData("4", "224.0.0.1")]
    [InlineData("4", "255.255.255.255")]
    [InlineData("4", "240.0.0.1")]
    [InlineData("4", "250.1.2.3")]
    [InlineData("4", "255.255.255.254")]
    [InlineData("4", "198.18.0.2")]
    [InlineData("6", "::")]
    [InlineData("6", "::1")]
    [InlineData("6", "ff02::1")]
    [InlineData("6", "2001:db8:75::2")]
    [Trait("RFC9293", "MUST-63")]
    [Trait("RFC", "1122 section 3.2.1.3")]
    public void A_frame_from_an_invalid_source_is_dropped(string family, string source)
    {
        var s = Listening(family);
        var from = AddressTests.Ip(source);
        AssertDropped(s, Counter.DroppedMartian, Syn(s, from, s.Host.Address, s.PeerPort));
        AssertDropped(s, Counter.DroppedMartian, Udp(from, s.Host.Address));
        AssertDropped(s, Counter.DroppedMartian, Echo(from, s.Host.Address));
    }

    /// <summary>The address is a broadcast address only if the link's prefix is known.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC9293", "MUST-63")]
    [Trait("RFC", "1122 section 3.2.1.3")]
    public void A_frame_from_the_broadcast_address_is_dropped_if_it_is_known(bool isKnown)
    {
        var broadcast = AddressTests.Ip("198.18.0.255");
        var link = new LinkProperties(LinkProperties.DefaultMtu) { BroadcastAddresses = isKnown ? [broadcast] : [] };
        var s = new Script(link: link);
        s.Listen();
        var syn = Syn(s, broadcast, s.Host.Address, s.PeerPort);
        if (!isKnown)
        {
            s.InjectFrame(syn);
            Assert.Equal(1, s.Drain());
            return;
        }

        AssertDropped(s, Counter.DroppedMartian, syn);
        AssertDropped(s, Counter.DroppedNotForUs, Syn(s, s.Peer, broadcast, s.PeerPort));
        Assert.Equal(
            EngineError.AddressInvalid,
            s.Engine.Open(null, default, broadcast, new Port(7), ConnectionOptions.Default, s.Now, out _));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void A_frame_from_our_own_address_and_port_is_dropped(string family)
    {
        var s = Listening(family);
        AssertDropped(s, Counter.DroppedMartian, Syn(s, s.Host.Address, s.Host.Address, s.HostPort));
    }

    [Theory]
    [InlineData("4", "198.18.0.3")]
    [InlineData("4", "198.18.0.255")]
    [InlineData("4", "224.0.0.1")]
    [InlineData("4", "255.255.255.255")]
    [InlineData("4", "127.0.0.1")]
    [InlineData("6", "2001:db8:75::3")]
    [InlineData("6", "ff02::1")]
    [InlineData("6", "::")]
    [Trait("RFC9293", "MUST-57")]
    [Trait("RFC", "1122 section 3.2.2")]
    public void A_frame_to_another_or_multicast_address_is_dropped(string family, string destination)
    {
        var s = Listening(family);
        var to = AddressTests.Ip(destination);
        AssertDropped(s, Counter.DroppedNotForUs, Syn(s, s.Peer, to, s.PeerPort));
        AssertDropped(s, Counter.DroppedNotForUs, Udp(s.Peer, to));
        AssertDropped(s, Counter.DroppedNotForUs, Echo(s.Peer, to));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC9293", "MUST-3")]
    public void A_segment_with_any_bit_flipped_is_dropped(string family)
    {
        var s = new Script(family: family);
        s.Accept();
        var before = s.Snapshot();
        var frame = s.Segment(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1, data: "data");
        var tcp = family == "4" ? 20 : 40;
        for (var bit = tcp * 8; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            s.InjectFrame(frame);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        Assert.Equal(
            (frame.Length - tcp) * 8, s.Count(Counter.DroppedBadChecksum) + s.Count(Counter.DroppedBadTcpHeader));
    }

    [Fact]
    public void An_IPv4_header_with_any_bit_flipped_is_dropped()
    {
        var s = new Script();
        s.Accept();
        var before = s.Snapshot();
        var frame = s.Segment(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1, data: "data");
        for (var bit = 0; bit < 160; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            s.InjectFrame(frame);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        // The flip of version 4 to 6 makes a packet to another address.
        Assert.Equal((159, 1), (s.Count(Counter.DroppedBadIpHeader), s.Count(Counter.DroppedNotForUs)));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void A_frame_truncated_anywhere_is_dropped(string family)
    {
        var s = new Script(family: family);
        s.Accept();
        var before = s.Snapshot();
        var frame = s.Segment(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1, data: "data");
        for (var length = 0; length < frame.Length; length++)
            s.InjectFrame(frame.AsSpan(0, length));
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        Assert.Equal(frame.Length, s.Count(Counter.DroppedBadIpHeader));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void A_TCP_header_with_a_wrong_length_is_dropped(string family)
    {
        var s = Listening(family);
        foreach (var offset in new[] { 0, 1, 4, 15 })
        {
            var payload = new byte[20];
            payload[12] = (byte)(offset << 4);
            AssertDropped(s, Counter.DroppedBadTcpHeader, Frames.Ip(s.Peer, s.Host.Address, IpProtocol.Tcp, payload));
        }

        AssertDropped(s, Counter.DroppedBadTcpHeader, Frames.Ip(s.Peer, s.Host.Address, IpProtocol.Tcp, new byte[19]));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void Bytes_after_the_packet_are_ignored(string family)
    {
        var s = new Script(family: family);
        s.Accept();
        s.InjectFrame([.. s.Segment(TcpFlags.Ack, seq: 1, ack: 1, data: "data"), .. "padding"u8]);
        Assert.Equal("data", s.Read());
    }

    [Theory]
    [InlineData(7)]
    [InlineData(68)]
    [InlineData(148)]
    [InlineData(222)]
    [Trait("RFC9293", "MUST-50")]
    public void IP_options_are_skipped_and_not_reflected(byte kind)
    {
        // Record route, timestamp, router alert, and an unknown option.
        var s = Listening("4");
        var plain = Syn(s, s.Peer, s.Host.Address, s.PeerPort);
        byte[] frame = [.. plain.AsSpan(0, 20), kind, 7, 5, 0, 0, 0, 0, 0, .. plain.AsSpan(20)];
        frame[0] = 0x47;
        (frame[2], frame[3]) = ((byte)(frame.Length >> 8), (byte)(frame.Length & 0xFF));
        s.InjectFrame(Rechecksummed(frame));
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        Assert.Equal(0x45, s.LastSent[0]);
        Assert.True(IpPacket.TryParse(s.LastSent, true, out var answer, out _));
        Assert.Equal(s.Peer, answer.Destination);
    }

    [Theory]
    [InlineData(131)]
    [InlineData(137)]
    [Trait("RFC", "7126 section 4.3")]
    public void A_source_route_is_dropped_even_when_it_ends_here(byte kind)
    {
        var s = Listening("4");
        foreach (byte pointer in new byte[] { 4, 8 })
            AssertDropped(s, Counter.DroppedIpOptions, WithOptions(s, [kind, 7, pointer, 0, 0, 0, 0, 0]));
    }

    [Theory]
    [InlineData(20, new byte[] { 7, 0, 0, 0 })]
    [InlineData(20, new byte[] { 7, 1, 0, 0 })]
    [InlineData(20, new byte[] { 222, 5, 0, 0 })]
    [InlineData(21, new byte[] { 1, 222, 4, 0 })]
    [InlineData(23, new byte[] { 1, 1, 1, 222 })]
    [InlineData(21, new byte[] { 7, 2, 0, 0 })]
    [InlineData(22, new byte[] { 7, 3, 3, 0 })]
    [InlineData(22, new byte[] { 68, 4, 4, 0 })]
    [Trait("RFC", "1122 section 3.2.1.8")]
    [Trait("RFC", "792")]
    public void A_malformed_IPv4_option_draws_parameter_problem_with_its_offset(int pointer, byte[] options)
    {
        var s = Listening("4");
        var frame = WithOptions(s, options);
        s.InjectFrame(frame);
        Assert.True(IpPacket.TryParse(s.DequeueFrame(), true, out var packet, out _));
        Assert.True(IcmpMessage.TryParse(packet.Payload, out var message));
        Assert.Equal(
            (IcmpV4.ParameterProblem, (byte)0, (uint)pointer << 24), (message.Type, message.Code, message.Rest));
        Assert.Equal(frame[..28], message.Body[..28].ToArray());
        s.ExpectNothing();
        Assert.Equal(1, s.Count(Counter.DroppedIpOptions));
    }

    [Theory]
    [InlineData(60, 0x1E, -1, -1)]
    [InlineData(60, 0x5E, 0, -1)]
    [InlineData(60, 0x9E, 2, 42)]
    [InlineData(60, 0xDE, 2, 42)]
    [InlineData(0, 0xC2, 2, 42)]
    [InlineData(0, 0x3E, -1, -1)]
    [InlineData(0, 0x7E, 0, -1)]
    [Trait("RFC", "8200 section 4.2")]
    public void An_unknown_IPv6_option_is_treated_by_its_two_highest_bits(
        int header, byte option, int code, int pointer)
    {
        var s = Listening("6");
        var plain = Syn(s, s.Peer, s.Host.Address, s.PeerPort);
        byte[] options = [(byte)IpProtocol.Tcp, 0, option, 2, 0, 0, 1, 0];
        var frame = Frames.Ip(s.Peer, s.Host.Address, (IpProtocol)header, [.. options, .. plain.AsSpan(40)]);
        if (code == 0)
        {
            AssertDropped(s, Counter.DroppedIpOptions, frame);
            return;
        }

        s.InjectFrame(frame);
        if (code < 0)
            s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        else
            AssertProblem(s, (byte)code, pointer);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(253)]
    [Trait("RFC", "8200 section 4.4")]
    [Trait("RFC", "5095")]
    public void A_routing_header_with_segments_left_draws_parameter_problem(byte type)
    {
        var s = Listening("6");
        var plain = Syn(s, s.Peer, s.Host.Address, s.PeerPort);
        foreach (byte left in new byte[] { 1, 255 })
        {
            byte[] routing = [(byte)IpProtocol.Tcp, 0, type, left, 0, 0, 0, 0];
            s.InjectFrame(
                Frames.Ip(s.Peer, s.Host.Address, IpProtocol.Routing, [.. routing, .. plain.AsSpan(40)]));
            AssertProblem(s, 0, 42);
        }

        byte[] ended = [(byte)IpProtocol.Tcp, 0, type, 0, 0, 0, 0, 0];
        s.InjectFrame(Frames.Ip(s.Peer, s.Host.Address, IpProtocol.Routing, [.. ended, .. plain.AsSpan(40)]));
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
    }

    [Fact]
    [Trait("RFC", "4443 section 2.4 e")]
    public void An_ICMP_error_with_a_bad_option_draws_nothing()
    {
        var s = Listening("6");
        var error = Frames.Icmp(s.Peer, s.Host.Address, IcmpV6.TimeExceeded, 0, 0, new byte[48]);
        byte[] options = [(byte)IpProtocol.IcmpV6, 0, 0xDE, 4, 0, 0, 0, 0];
        AssertDropped(
            s, Counter.DroppedIpOptions,
            Frames.Ip(s.Peer, s.Host.Address, IpProtocol.DestinationOptions, [.. options, .. error.AsSpan(40)]));
    }

    [Fact]
    [Trait("RFC", "6864 section 4.1")]
    public void The_identification_of_an_unfragmented_packet_is_ignored()
    {
        var s = new Script();
        s.Accept();
        foreach (var (id, data) in new[] { ((byte)0, "a"), ((byte)0xFF, "b"), ((byte)0xFF, "c") })
        {
            var frame = s.Segment(TcpFlags.Ack, seq: (uint)(1 + (data[0] - 'a')), ack: 1, data: data);
            (frame[4], frame[5]) = (id, id);
            s.InjectFrame(Rechecksummed(frame));
        }

        Assert.Equal("abc", s.Read());
    }

    [Fact]
    [Trait("RFC9293", "MUST-49")]
    public void Sent_packets_have_the_hop_limit_of_the_options()
    {
        var s = new Script(new EngineOptions { HopLimit = 7 });
        s.Inject(TcpFlags.Ack, seq: 0, ack: 0);
        Assert.Equal(7, s.DequeueFrame()[8]);
    }

    internal static byte[] Udp(IpAddress source, IpAddress destination, int length = 20) =>
        Frames.Udp(source, destination, new byte[length]);

    internal static byte[] Echo(IpAddress source, IpAddress destination) =>
        Frames.Icmp(
            source, destination, source.IsIPv4 ? IcmpV4.EchoRequest : IcmpV6.EchoRequest, 0, 0x12340001, "ping"u8);

    private static Script Listening(string family)
    {
        var s = new Script(family: family);
        s.Listen();
        return s;
    }

    private static byte[] Syn(Script s, IpAddress source, IpAddress destination, Port port) =>
        Frames.Tcp(
            source, destination, new TcpHeader(port, s.HostPort, s.Irs, default, TcpFlags.Syn, 1000), default, default);

    private static byte[] Rechecksummed(byte[] frame)
    {
        var header = frame.AsSpan(0, (frame[0] & 15) * 4);
        (frame[10], frame[11]) = (0, 0);
        var sum = InternetChecksum.Compute(header);
        (frame[10], frame[11]) = ((byte)(sum >> 8), (byte)(sum & 0xFF));
        return frame;
    }

    private static void AssertDropped(Script s, Counter counter, byte[] frame)
    {
        var (before, count) = (s.Snapshot(), s.Count(counter));
        s.InjectFrame(frame);
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        Assert.Equal(count + 1, s.Count(counter));
    }

    private static void AssertProblem(Script s, byte code, int pointer)
    {
        Assert.True(IpPacket.TryParse(s.DequeueFrame(), true, out var packet, out _));
        Assert.True(IcmpMessage.TryParse(packet.Payload, out var message));
        Assert.Equal(
            (IcmpV6.ParameterProblem, code, (uint)pointer), (message.Type, message.Code, message.Rest));
        s.ExpectNothing();
    }

    /// <summary>A SYN with IPv4 options.</summary>
    private static byte[] WithOptions(Script s, byte[] options)
    {
        var plain = Syn(s, s.Peer, s.Host.Address, s.PeerPort);
        byte[] frame = [.. plain.AsSpan(0, 20), .. options, .. plain.AsSpan(20)];
        frame[0] = (byte)(0x45 + (options.Length / 4));
        (frame[2], frame[3]) = ((byte)(frame.Length >> 8), (byte)(frame.Length & 0xFF));
        return Rechecksummed(frame);
    }
}
