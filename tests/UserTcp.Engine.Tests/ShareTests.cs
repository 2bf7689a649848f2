using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests;

/// <summary>Several engines are one host: each connection has one owner, and all engines agree on it.</summary>
public sealed class ShareTests
{
    private const string Ours = "198.18.0.2";
    private const string OursIPv6 = "2001:db8:75::2";

    private static readonly IpAddress _us = Address(Ours);
    private static readonly IpAddress _peer = Address("198.18.0.1");
    private static readonly Port _http = new(80);
    private static readonly MonotonicTime _now = new(1000 * TimeSpan.TicksPerSecond);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(256)]
    public void Every_frame_has_one_owner_and_all_engines_agree(int count)
    {
        var engines = Engines(count);
        var frames = new int[count];
        for (var port = 1000; port < 1000 + (40 * count); port++)
        {
            var frame = Syn(port);
            var owners = engines.ConvertAll(engine => OwnerOf(engine, frame));
            frames[Assert.Single(owners.Distinct())]++;
        }

        // Six standard deviations of 40 fair draws.
        Assert.All(frames, share => Assert.InRange(share, 40 - 38, 40 + 38));
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void A_frame_of_another_engine_changes_only_its_counter()
    {
        var engines = Engines(4);
        engines.ForEach(Listen);

        for (var port = 1000; port < 1100; port++)
            engines.ForEach(engine => engine.Receive(Syn(port), _now));

        Assert.Equal(100, engines.Sum(engine => engine.Engine.ConnectionCount));
        foreach (var engine in engines)
        {
            var counters = engine.Engine.Counters;
            Assert.Equal(engine.Engine.ConnectionCount, counters[Counter.FramesReceived]);
            Assert.Equal(engine.Engine.ConnectionCount, counters[Counter.SegmentsReceived]);
            Assert.Equal(100 - engine.Engine.ConnectionCount, counters[Counter.FramesHandedOver]);
            Assert.Equal(engine.Engine.ConnectionCount, engine.Emit(_now).Count);
            Assert.Equal(0, engine.Pool.Rented);
        }

        var sum = EngineCounters.Sum(engines.Select(engine => engine.Engine.Counters));
        Assert.Equal(
            (100, 100, 300), (sum[Counter.PassiveOpens], sum[Counter.FramesReceived], sum[Counter.FramesHandedOver]));
    }

    [Fact]
    public void A_frame_without_a_connection_belongs_to_the_receiving_engine()
    {
        foreach (var engine in Engines(4))
        {
            var share = engine.Engine.Share.Index;
            Assert.Equal(share, OwnerOf(engine, Frames.Icmp(_peer, _us, 8, 0, 0, new byte[8])));
            Assert.Equal(share, OwnerOf(engine, Frames.Ip(_peer, _us, (IpProtocol)132, new byte[20])));
            Assert.Equal(share, OwnerOf(engine, [1, 2, 3]));
            Assert.Equal(share, OwnerOf(engine, Frames.Ip(_peer, Address("198.18.0.3"), IpProtocol.Tcp, new byte[20])));
            Assert.Equal(share, OwnerOf(engine, Frames.Icmp(_peer, _us, 3, 3, 0, new byte[28])));
            Assert.Equal(2, engine.Emit(_now).Count);
        }
    }

    [Fact]
    public void A_datagram_belongs_to_the_engine_of_its_port()
    {
        var engines = Engines(4);
        var owners = new HashSet<int>();
        for (var port = 1; port <= 100; port++)
        {
            var at = new Port((ushort)port);
            var owner = Assert.Single(engines.Select(engine => engine.Engine.ShareOf(at)).Distinct());
            owners.Add(owner);
            foreach (var engine in engines)
            {
                var isOwner = engine.Engine.Share.Index == owner;
                Assert.Equal(
                    isOwner ? EngineError.None : EngineError.AddressNotAvailable,
                    engine.Engine.BindUdp(IpAddress.AnyIPv4, at, UdpFlags.None, out _));
                // From any end, over any address.
                var frame = Frames.Udp(new UdpPeer(_peer, new Port((ushort)(port * 7))), new UdpPeer(_us, at), "a"u8);
                Assert.Equal(owner, OwnerOf(engine, frame));
                var queued = engine.Engine.State.Udp.All.Where(endpoint => endpoint.LocalPort == at)
                    .Sum(endpoint => endpoint.QueuedDatagrams);
                Assert.Equal(isOwner ? 1 : 0, queued);
            }
        }

        Assert.Equal(4, owners.Count);
    }

    [Fact]
    public void An_engine_chooses_UDP_ports_that_it_owns()
    {
        foreach (var engine in Engines(4))
        {
            for (var i = 0; i < 50; i++)
            {
                Assert.Equal(
                    EngineError.None,
                    engine.Engine.BindUdp(IpAddress.AnyIPv4, default, UdpFlags.None, out var endpoint));
                Assert.Equal(engine.Engine.Share.Index, engine.Engine.ShareOf(endpoint!.LocalPort));
            }
        }
    }

    [Fact]
    public void An_ICMP_error_about_a_datagram_belongs_to_the_engine_of_its_port()
    {
        var engines = Engines(4);
        foreach (var sender in engines)
        {
            sender.Engine.BindUdp(IpAddress.AnyIPv4, default, UdpFlags.None, out var endpoint);
            var peer = new UdpPeer(_peer, new Port(53));
            Assert.Equal(EngineError.None, sender.Engine.ConnectUdp(endpoint!, peer));
            sender.Engine.SendDatagram(endpoint!, peer, sender.Chain("question"u8), _now);
            var error = Frames.Icmp(_peer, _us, 3, 3, 0, Assert.Single(sender.Emit(_now)));

            Assert.All(engines, engine => Assert.Equal(sender.Engine.Share.Index, OwnerOf(engine, error)));

            Assert.Equal(EngineError.ConnectionRefused, endpoint!.Error);
        }
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void An_ICMP_error_belongs_to_the_engine_of_the_quoted_segment(string family)
    {
        var (us, peer) = family == "4" ? (_us, _peer) : (Address(OursIPv6), Address("2001:db8:75::1"));
        var (type, code) = family == "4" ? ((byte)3, (byte)3) : ((byte)1, (byte)4);
        var engines = Engines(4);
        foreach (var opener in engines)
        {
            Assert.Equal(
                EngineError.None,
                opener.Engine.Open(us, default, peer, _http, ConnectionOptions.Default, _now, out var tcb));
            var error = Frames.Icmp(peer, us, type, code, 0, Assert.Single(opener.Emit(_now)));

            Assert.All(engines, engine => Assert.Equal(opener.Engine.Share.Index, OwnerOf(engine, error)));

            Assert.Equal(EngineError.ConnectionRefused, tcb!.Error);
        }
    }

    [Fact]
    public void An_engine_chooses_ports_that_it_owns()
    {
        var engines = Engines(4);
        var ports = new HashSet<int>();
        foreach (var engine in engines)
        {
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal(
                    EngineError.None,
                    engine.Engine.Open(null, default, _peer, _http, ConnectionOptions.Default, _now, out var tcb));
                Assert.True(ports.Add(tcb!.Tuple.LocalPort.Value));
                Assert.All(
                    engines, any => Assert.Equal(
                        engine.Engine.Share.Index, any.Engine.ShareOf(_us, tcb.Tuple.LocalPort, _peer, _http)));
            }
        }
    }

    [Fact]
    public void The_engines_together_use_every_port_of_the_range()
    {
        const int First = 50_000, Last = 50_099;
        var ports = new List<int>();
        foreach (var engine in Engines(4, new EngineOptions { FirstEphemeralPort = First, LastEphemeralPort = Last }))
        {
            EngineError error;
            while ((error = engine.Engine.Open(
                null, default, _peer, _http, ConnectionOptions.Default, _now, out var tcb)) == EngineError.None)
            {
                ports.Add(tcb!.Tuple.LocalPort.Value);
            }

            Assert.Equal(EngineError.AddressNotAvailable, error);
        }

        Assert.Equal(Enumerable.Range(First, Last - First + 1), ports.Order());
    }

    [Fact]
    public void A_named_port_is_opened_by_its_owner_and_refused_by_the_others()
    {
        var engines = Engines(3);
        for (var port = 5000; port < 5050; port++)
        {
            var owner = engines[0].Engine.ShareOf(null, new Port((ushort)port), _peer, _http);
            foreach (var engine in engines)
            {
                var error = engine.Engine.Open(
                    null, new Port((ushort)port), _peer, _http, ConnectionOptions.Default, _now, out _);
                Assert.Equal(
                    engine.Engine.Share.Index == owner ? EngineError.None : EngineError.AddressNotAvailable, error);
            }
        }
    }

    [Fact]
    public void An_unspecified_or_invalid_port_has_no_owner()
    {
        var engine = Engines(3)[1].Engine;

        Assert.Equal(1, engine.ShareOf(null, default, _peer, _http));
        Assert.Equal(1, new TestHost([Ours], share: new EngineShare(1, 3)).Engine
            .ShareOf(null, new Port(5000), Address("2001:db8::1"), _http));
    }

    [Fact]
    public void A_limit_of_the_host_is_divided_among_its_engines()
    {
        var options = new EngineOptions { MaxConnections = 10, MaxHalfOpen = 10, Backlog = 9, IcmpErrorsPerSecond = 8 };
        foreach (var engine in Engines(4, options))
        {
            Listen(engine);
            var opened = 0;
            while (engine.Engine.Open(null, default, _peer, _http, ConnectionOptions.Default, _now, out _)
                == EngineError.None)
            {
                opened++;
            }

            Assert.Equal(3, opened);
            Assert.Equal(
                3, Assert.Single(engine.Engine.GetSnapshots(_now), row => row.State == TcpState.Listen).SendQueue);
            for (var i = 0; i < 10; i++)
                engine.Receive(Frames.Ip(_peer, _us, (IpProtocol)132, new byte[20]), _now);
            Assert.Equal(2, engine.Engine.Counters[Counter.IcmpErrorsSent]);
        }

        Assert.Equal(10, options.MaxConnections);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 2)]
    [InlineData(2, 2)]
    [InlineData(0, 257)]
    public void A_share_index_must_be_valid(int index, int count) =>
        Assert.Contains(
            $"share {index} of {count}",
            Assert.Throws<ArgumentException>(() => new TestHost([Ours], share: new EngineShare(index, count))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Frames_dropped_between_engines_are_counted()
    {
        var engine = Engines(2)[0].Engine;

        engine.CountLostHandOver();

        Assert.Equal(1, engine.Counters[Counter.DroppedHandOver]);
    }

    private static IpAddress Address(string address) => IpAddress.From(System.Net.IPAddress.Parse(address));

    private static List<TestHost> Engines(int count, EngineOptions? options = null) =>
        [.. Enumerable.Range(0, count)
            .Select(index => new TestHost([Ours, OursIPv6], options, share: new EngineShare(index, count)))];

    private static void Listen(TestHost host) =>
        Assert.Equal(EngineError.None, host.Engine.Listen(_us, _http, null, ConnectionOptions.Default, out _));

    private static byte[] Syn(int port) =>
        Frames.Tcp(
            _peer, _us,
            new TcpHeader(new Port((ushort)port), _http, new SeqNum(7), default, TcpFlags.Syn, 1000), default, default);

    private static int OwnerOf(TestHost host, byte[] frame)
    {
        var block = host.Pool.Rent(frame.Length);
        block.Append(frame);
        if (!host.Engine.OnFrame(block, _now, out var owner))
            block.Release();
        return owner;
    }
}
