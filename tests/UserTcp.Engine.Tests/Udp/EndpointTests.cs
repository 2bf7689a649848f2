using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Udp;

/// <summary>Which endpoint gets a datagram, and which can be bound.</summary>
[Trait("RFC", "768")]
public class EndpointTests
{
    private static readonly Port Port = UdpBench.Service;

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "1122 section 4.1.3.5")]
    public void A_datagram_arrives_with_its_sender(string family)
    {
        var bench = new UdpBench(family);
        var endpoint = bench.Bind();

        bench.Arrive("one"u8);
        bench.Arrive([], from: bench.Peer with { Port = new Port(0) });
        bench.Arrive("three"u8);

        Assert.Equal(EngineEvents.Readable, bench.Events(endpoint));
        Assert.Equal(3, endpoint.QueuedDatagrams);
        Assert.Equal(
            [(bench.Peer, "one"), (bench.Peer with { Port = new Port(0) }, ""), (bench.Peer, "three")],
            Decoded(bench.Receive(endpoint)));
        Assert.Equal((3, 0), (bench.Count(Counter.UdpInDatagrams), bench.Count(Counter.UdpInErrors)));
        bench.AssertNothingLeft();
    }

    [Fact]
    public void The_most_specific_endpoint_gets_a_datagram()
    {
        var bench = new UdpBench();
        var both = bench.Bind(IpAddress.AnyIPv6);
        bench.Arrive("both"u8);
        var family = bench.Bind(IpAddress.AnyIPv4);
        bench.Arrive("family"u8);
        var exact = bench.Bind(bench.Us);
        bench.Arrive("exact"u8);
        bench.Host.Receive(
            Frames.Udp(
                new UdpPeer(UdpBench.Address("2001:db8:75::1"), new Port(1)),
                new UdpPeer(bench.Host.Addresses[1], Port), "six"u8),
            bench.Now);

        Assert.Equal(["both", "six"], Decoded(bench.Receive(both)).Select(each => each.Text));
        Assert.Equal("family", Assert.Single(Decoded(bench.Receive(family))).Text);
        Assert.Equal("exact", Assert.Single(Decoded(bench.Receive(exact))).Text);
    }

    [Fact]
    [Trait("RFC", "3493 section 5.3")]
    public void An_endpoint_for_IPv6_only_leaves_IPv4_alone()
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind(IpAddress.AnyIPv6, flags: UdpFlags.IPv6Only);

        bench.Arrive("four"u8);

        Assert.Empty(bench.Receive(endpoint));
        Assert.Equal(1, bench.Count(Counter.UdpNoPorts));
        Assert.Equal(EngineError.AddressInvalid, bench.Send(endpoint, "a"u8));
        Assert.Equal(EngineError.AddressInvalid, bench.Engine.ConnectUdp(endpoint, bench.Peer));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void A_connected_endpoint_gets_datagrams_of_its_peer_alone(string family)
    {
        var bench = new UdpBench(family);
        var wildcard = bench.Bind();
        var connected = bench.Bind(bench.Us);
        Assert.Equal(EngineError.None, bench.Engine.ConnectUdp(connected, bench.Peer));

        bench.Arrive("peer"u8);
        bench.Arrive("port"u8, from: bench.Peer with { Port = new Port(5001) });
        var stranger = UdpBench.Address(family == "4" ? "198.18.0.77" : "2001:db8:75::77");
        bench.Arrive("host"u8, from: bench.Peer with { Address = stranger });

        Assert.Equal("peer", Assert.Single(Decoded(bench.Receive(connected))).Text);
        Assert.Equal(["port", "host"], Decoded(bench.Receive(wildcard)).Select(each => each.Text));
        Assert.Equal((bench.Peer, bench.Us), (connected.Peer!.Value, connected.SourceAddress!.Value));
    }

    [Fact]
    public void An_endpoint_can_be_connected_again()
    {
        var bench = new UdpBench();
        var endpoint = bench.BindConnected();
        var other = bench.Peer with { Port = new Port(7777) };
        bench.Arrive("before"u8);

        Assert.Equal(EngineError.None, bench.Engine.ConnectUdp(endpoint, other));
        bench.Arrive("lost"u8);
        bench.Arrive("after"u8, from: other);

        Assert.Equal(["before", "after"], Decoded(bench.Receive(endpoint)).Select(each => each.Text));
        Assert.Equal(1, bench.Count(Counter.UdpNoPorts));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "1122 section 4.1.3.1")]
    public void A_port_of_nobody_is_unreachable(string family)
    {
        var bench = new UdpBench(family);
        bench.Bind(port: new Port(9001));

        bench.Arrive("anybody?"u8);

        Assert.True(IpPacket.TryParse(Assert.Single(bench.Host.Emit(bench.Now)), true, out var packet, out _));
        Assert.True(IcmpMessage.TryParse(packet.Payload, out var message));
        Assert.Equal(family == "4" ? ((byte)3, (byte)3) : ((byte)1, (byte)4), (message.Type, message.Code));
        Assert.True(QuotedDatagram.TryParse(message.Body, family == "4", out var quoted));
        Assert.Equal((bench.Peer.Port, Port), (quoted.Tuple.LocalPort, quoted.Tuple.RemotePort));
        Assert.Equal((1, 1), (bench.Count(Counter.UdpNoPorts), bench.Count(Counter.IcmpErrorsSent)));
        bench.AssertNothingLeft();
    }

    [Theory]
    [InlineData("198.18.0.255")]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.1")]
    [Trait("RFC", "1122 section 3.2.2")]
    public void A_broadcast_or_multicast_draws_nothing(string destination)
    {
        var bench = new UdpBench(link: new LinkProperties(1500)
        {
            BroadcastAddresses = [UdpBench.Address("198.18.0.255")],
        });
        var endpoint = bench.Bind();

        bench.Arrive("all"u8, at: UdpBench.Address(destination));
        bench.Arrive("all"u8, at: UdpBench.Address(destination), to: new Port(1));

        Assert.Empty(bench.Receive(endpoint));
        bench.AssertNothingLeft();
        Assert.Equal((2, 0), (bench.Count(Counter.DroppedNotForUs), bench.Count(Counter.UdpNoPorts)));
    }

    [Fact]
    [Trait("RFC", "1812 section 4.3.2.8")]
    public void Port_unreachable_has_the_rate_limit_of_ICMP()
    {
        var bench = new UdpBench(options: new EngineOptions { IcmpErrorsPerSecond = 3 });

        for (var i = 0; i < 10; i++)
            bench.Arrive("scan"u8, to: new Port((ushort)(100 + i)));

        Assert.Equal(3, bench.Host.Emit(bench.Now).Count);
        Assert.Equal((10, 7), (bench.Count(Counter.UdpNoPorts), bench.Count(Counter.IcmpRateLimited)));
    }

    [Fact]
    public void What_is_bound_already_cannot_be_bound()
    {
        var bench = new UdpBench();
        bench.Bind(bench.Us);

        Assert.Equal(EngineError.AddressInUse, TryBind(bench, bench.Us));
        Assert.Equal(EngineError.AddressNotAvailable, TryBind(bench, UdpBench.Address("198.18.0.3")));
        Assert.Equal(EngineError.AddressInUse, TryBind(bench, IpAddress.AnyIPv4, UdpFlags.Exclusive));
        Assert.Equal(EngineError.None, TryBind(bench, IpAddress.AnyIPv4));
        Assert.Equal(EngineError.None, TryBind(bench, IpAddress.LoopbackIPv4));
    }

    [Fact]
    public void A_closed_endpoint_frees_its_port_and_its_memory()
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind();
        bench.Arrive("unread"u8);
        bench.Send(endpoint, "on its way"u8);

        bench.Engine.CloseUdp(endpoint);
        bench.Engine.CloseUdp(endpoint);

        Assert.Single(bench.Host.Emit(bench.Now));
        Assert.Equal(EngineError.ConnectionAborted, bench.Send(endpoint, "late"u8));
        Assert.Null(bench.Engine.ReceiveDatagrams(endpoint));
        Assert.Equal(0, bench.Engine.UdpEndpointCount);
        bench.AssertNothingLeft();
        Assert.NotSame(endpoint, bench.Bind());
    }

    [Fact]
    public void The_number_of_endpoints_is_limited()
    {
        var bench = new UdpBench(options: new EngineOptions { MaxUdpEndpoints = 2 });
        bench.Bind(port: new Port(1));
        var second = bench.Bind(port: new Port(2));

        Assert.Equal(EngineError.TooManyConnections, TryBind(bench, IpAddress.AnyIPv4));
        bench.Engine.CloseUdp(second);
        Assert.Equal(EngineError.None, TryBind(bench, IpAddress.AnyIPv4));
    }

    [Fact]
    [Trait("RFC", "6056 section 3.3.1")]
    public void Ephemeral_ports_are_random_and_all_of_them_are_used()
    {
        var options = new EngineOptions { FirstEphemeralPort = 40_000, LastEphemeralPort = 40_099 };
        var bench = new UdpBench(options: options);
        var ports = new List<int>();
        while (bench.Engine.BindUdp(IpAddress.AnyIPv4, default, UdpFlags.None, out var endpoint) == EngineError.None)
            ports.Add(endpoint!.LocalPort.Value);

        Assert.Equal(Enumerable.Range(40_000, 100), ports.Order());
        Assert.Equal(EngineError.AddressNotAvailable, TryBind(bench, IpAddress.AnyIPv4, port: default(Port)));
        // Of random ports few follow the one before.
        Assert.InRange(ports.Take(50).Zip(ports.Skip(1)).Count(pair => pair.Second == pair.First + 1), 0, 15);
        var other = new TestHost(["198.18.0.2"], options, keys: TestHost.Keys(2));
        other.Engine.BindUdp(IpAddress.AnyIPv4, default, UdpFlags.None, out var first);
        Assert.NotEqual(ports[0], first!.LocalPort.Value);
    }

    private static EngineError TryBind(
        UdpBench bench, IpAddress address, UdpFlags flags = UdpFlags.None, Port? port = null) =>
        bench.Engine.BindUdp(address, port ?? Port, flags, out _);

    private static IEnumerable<(UdpPeer Source, string Text)> Decoded(
        IEnumerable<(UdpPeer Source, byte[] Data)> received) =>
        received.Select(each => (each.Source, System.Text.Encoding.ASCII.GetString(each.Data)));
}
