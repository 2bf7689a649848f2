using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Udp;

/// <summary>Sending datagrams: their bytes, their source, and their limits.</summary>
[Trait("RFC", "768")]
public class SendTests
{
    [Theory]
    [InlineData("4", false)]
    [InlineData("6", false)]
    [InlineData("4", true)]
    [InlineData("6", true)]
    [Trait("RFC", "1122 section 4.1.3.4")]
    public void A_datagram_is_complete_also_on_a_link_with_offload(string family, bool offload)
    {
        var bench = new UdpBench(family);
        var sent = offload ? SendOverOffload(family) : bench.SendFrame(bench.Bind(), "data"u8);

        Assert.True(IpPacket.TryParse(sent, verifyChecksum: true, out var packet, out _));
        Assert.Equal((bench.Us, bench.Peer.Address), (packet.Source, packet.Destination));
        Assert.Equal((IpProtocol.Udp, (byte)64), (packet.Protocol, packet.HopLimit));
        Assert.True(UdpDatagram.TryParse(packet.Payload, out var datagram));
        Assert.NotEqual(0, datagram.ChecksumField);
        Assert.True(datagram.HasValidChecksum(packet.Source, packet.Destination));
        Assert.Equal((UdpBench.Service, bench.Peer.Port), (datagram.SourcePort, datagram.DestinationPort));
        Assert.Equal("data"u8, datagram.Payload);
        // DF (RFC 1191 section 6.5).
        Assert.True(family == "6" || (sent[6] & 0x40) != 0);
    }

    [Fact]
    public void Datagrams_leave_in_the_order_of_their_sends()
    {
        var bench = new UdpBench();
        var (first, second) = (bench.Bind(), bench.Bind(port: new Port(9001)));
        foreach (var value in new byte[] { 1, 2, 3, 4 })
            bench.Send(value % 2 == 0 ? second : first, [value]);

        Assert.Equal([1, 2, 3, 4], bench.Host.Emit(bench.Now).Select(frame => (int)frame[^1]));
        Assert.Equal(4, bench.Count(Counter.UdpOutDatagrams));
        bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("4", 1500, 1472)]
    [InlineData("6", 1500, 1452)]
    [InlineData("4", 65_535, 65_507)]
    [InlineData("6", 65_535, 65_487)]
    [InlineData("4", 100, 72)]
    [Trait("RFC", "1191 section 6.1")]
    public void A_datagram_that_does_not_fit_the_link_is_refused(string family, int mtu, int max)
    {
        var bench = new UdpBench(family, link: new LinkProperties(mtu));
        var endpoint = bench.Bind(flags: UdpFlags.DontFragment);

        Assert.Equal(EngineError.MessageTooLong, bench.Send(endpoint, new byte[max + 1]));
        Assert.Equal(mtu, bench.SendFrame(endpoint, new byte[max]).Length);
        Assert.Equal(1, bench.Count(Counter.UdpOutDatagrams));
        bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("4", 1500, 1473)]
    [InlineData("4", 1500, 65_507)]
    [InlineData("4", 68, 3_000)]
    [InlineData("6", 1500, 1453)]
    [InlineData("6", 1280, 65_527)]
    [Trait("RFC", "1122 section 3.3.3")]
    public void A_datagram_that_does_not_fit_the_link_is_sent_in_fragments(string family, int mtu, int length)
    {
        var bench = new UdpBench(family, link: new LinkProperties(mtu));
        var endpoint = bench.Bind();
        Assert.Equal(EngineError.None, bench.Send(endpoint, Pattern.Bytes(length)));

        var frames = bench.Host.Emit(bench.Now);

        Assert.All(frames, frame => Assert.InRange(frame.Length, 21, mtu));
        Assert.True(UdpDatagram.TryParse(Fragments.Join(frames), out var datagram));
        Assert.True(datagram.HasValidChecksum(bench.Us, bench.Peer.Address));
        Assert.Equal(Pattern.Bytes(length), datagram.Payload.ToArray());
        Assert.Equal(frames.Count, bench.Count(Counter.FragmentsSent));
        Assert.Equal(1, bench.Count(Counter.UdpOutDatagrams));
        bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("4", 65_507)]
    [InlineData("6", 65_527)]
    public void A_datagram_longer_than_a_packet_is_refused(string family, int max)
    {
        var bench = new UdpBench(family);
        var endpoint = bench.Bind();
        Assert.Equal(EngineError.MessageTooLong, bench.Send(endpoint, new byte[max + 1]));
        Assert.Equal(EngineError.None, bench.Send(endpoint, new byte[max]));
        Assert.NotEmpty(bench.Host.Emit(bench.Now));
        bench.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC", "7739 section 5.3")]
    public void Each_fragmented_datagram_has_an_identification_of_its_own()
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind();
        var ids = new HashSet<uint>();
        for (var i = 0; i < 100; i++)
        {
            bench.Send(endpoint, new byte[2000]);
            foreach (var frame in bench.Host.Emit(bench.Now))
            {
                IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _);
                Assert.True(IpFragment.TryRead(packet, out var fragment));
                ids.Add(fragment.Identification);
            }
        }

        Assert.Equal(100, ids.Count);
    }

    [Theory]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.2")]
    [InlineData("2001:db8:75::1")]
    public void A_destination_that_cannot_be_reached_is_refused(string address)
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind(bench.Us);
        var to = new UdpPeer(UdpBench.Address(address), new Port(1));

        Assert.Equal(EngineError.AddressInvalid, bench.Send(endpoint, "a"u8, to));
        Assert.Equal(EngineError.AddressInvalid, bench.Engine.ConnectUdp(endpoint, to));
        Assert.Equal(EngineError.AddressInvalid, bench.Send(endpoint, "a"u8, bench.Peer with { Port = default }));
        bench.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC", "1122 section 3.2.1.3")]
    public void A_loopback_address_sends_only_to_the_host_itself()
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind(IpAddress.LoopbackIPv4);

        Assert.Equal(EngineError.AddressInvalid, bench.Send(endpoint, "a"u8));
        Assert.Equal(EngineError.None, bench.Send(endpoint, "a"u8, new UdpPeer(bench.Us, UdpBench.Service)));
    }

    [Fact]
    public void A_host_reaches_itself()
    {
        var bench = new UdpBench();
        var receiver = bench.Bind();
        var sender = bench.Bind(port: new Port(9001));
        bench.Send(sender, "self"u8, new UdpPeer(bench.Us, UdpBench.Service));
        var headers = new byte[TcpEngine.MaxHeaderLength];

        Assert.True(bench.Engine.TryEmit(headers, bench.Now, out var emission));
        Assert.True(emission.IsLooped);
        var block = bench.Host.Pool.Rent();
        block.End = emission.CopyTo(block.Array);
        block.IsLooped = true;
        Assert.False(bench.Engine.OnFrame(block, bench.Now));
        block.Release();

        var (source, data) = Assert.Single(bench.Receive(receiver));
        Assert.Equal(new UdpPeer(bench.Us, new Port(9001)), source);
        Assert.Equal("self"u8, data);
    }

    [Fact]
    public void A_full_send_queue_refuses_and_reports_room()
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind();
        var other = bench.Bind(port: new Port(9001));
        var queued = 0;
        while (bench.Send(endpoint, "a"u8) == EngineError.None)
            queued++;

        Assert.Equal(64, queued);
        Assert.Equal(EngineError.WouldBlock, bench.Send(endpoint, "a"u8));
        Assert.Equal(EngineError.None, bench.Send(other, "b"u8));
        Assert.Equal(EngineEvents.None, bench.Events(endpoint));
        Assert.Equal(65, bench.Host.Emit(bench.Now).Count);
        Assert.Equal(EngineEvents.Writable, bench.Events(endpoint));
        Assert.Equal(EngineEvents.None, bench.Events(other));
        Assert.Equal(EngineError.None, bench.Send(endpoint, "a"u8));
    }

    [Fact]
    public void Datagrams_and_segments_leave_in_turn()
    {
        var script = Script.Established(noDelay: true);
        script.Engine.BindUdp(IpAddress.AnyIPv4, UdpBench.Service, UdpFlags.None, out var endpoint);
        for (var i = 0; i < 4; i++)
        {
            var block = script.Host.Chain("datagram"u8);
            script.Engine.SendDatagram(endpoint!, new UdpPeer(script.Peer, new Port(1)), block, script.Now);
        }

        script.Engine.Send(script.Connection, script.Host.Chain(new byte[4 * 1460]), script.Now);
        var protocols = script.Host.Emit(script.Now).Select(frame => (IpProtocol)frame[9]).ToList();

        Assert.Equal(4, protocols.Count(protocol => protocol == IpProtocol.Udp));
        Assert.Equal(2, protocols.Take(4).Count(protocol => protocol == IpProtocol.Udp));
    }

    private static byte[] SendOverOffload(string family)
    {
        var bench = new UdpBench(family, link: new LinkProperties(1500, ChecksumOffload: true));
        Assert.Equal(EngineError.None, bench.Send(bench.Bind(), "data"u8));
        Assert.True(bench.Engine.TryEmit(new byte[TcpEngine.MaxHeaderLength], bench.Now, out var emission));
        var frame = new byte[emission.Length];
        emission.CopyTo(frame);
        return frame;
    }
}
