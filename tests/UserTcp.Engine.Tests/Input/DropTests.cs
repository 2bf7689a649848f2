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

    [Fact]
    public void Every_fragment_is_dropped()
    {
        var s = Listening("4");
        foreach (var field in new[] { 0x2000, 0x0001, 0x2001, 0x1FFF })
        {
            var frame = Syn(s, s.Peer, s.Host.Address, s.PeerPort);
            (frame[6], frame[7]) = ((byte)(field >> 8), (byte)(field & 0xFF));
            AssertDropped(s, Counter.DroppedFragment, Rechecksummed(frame));
        }

        s = Listening("6");
        var whole = Syn(s, s.Peer, s.Host.Address, s.PeerPort);
        byte[] header = [(byte)IpProtocol.Tcp, 0, 0, 1, 0, 0, 0, 9];
        var fragment = Frames.Ip(s.Peer, s.Host.Address, IpProtocol.Fragment, [.. header, .. whole.AsSpan(40)]);
        AssertDropped(s, Counter.DroppedFragment, fragment);
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
    [InlineData(131)]
    [InlineData(137)]
    [InlineData(148)]
    [InlineData(222)]
    [Trait("RFC9293", "MUST-50")]
    public void IP_options_are_skipped_and_not_reflected(byte kind)
    {
        // Record route, timestamp, both source routes, router alert, and an unknown option.
        var s = Listening("4");
        var plain = Syn(s, s.Peer, s.Host.Address, s.PeerPort);
        byte[] frame = [.. plain.AsSpan(0, 20), kind, 7, 4, 0, 0, 0, 0, 0, .. plain.AsSpan(20)];
        frame[0] = 0x47;
        (frame[2], frame[3]) = ((byte)(frame.Length >> 8), (byte)(frame.Length & 0xFF));
        s.InjectFrame(Rechecksummed(frame));
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        Assert.Equal(0x45, s.LastSent[0]);
        Assert.True(IpPacket.TryParse(s.LastSent, true, out var answer, out _));
        Assert.Equal(s.Peer, answer.Destination);
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
}
