using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Udp;

/// <summary>ICMP errors about datagrams.</summary>
[Trait("RFC", "1122 section 4.1.3.3")]
public class ErrorTests
{
    /// <summary>Family, type, code, the error, and whether Linux reports it to a connected socket.</summary>
    public static TheoryData<string, byte, byte, EngineError, bool> Kinds { get; } = new()
    {
        { "4", 3, 3, EngineError.ConnectionRefused, true },
        { "4", 3, 2, EngineError.ConnectionRefused, true },
        { "4", 3, 0, EngineError.NetworkUnreachable, false },
        { "4", 3, 1, EngineError.HostUnreachable, false },
        { "4", 3, 13, EngineError.HostUnreachable, false },
        { "4", 11, 0, EngineError.HostUnreachable, false },
        { "4", 12, 0, EngineError.HostUnreachable, false },
        { "4", 4, 0, EngineError.None, false },
        { "4", 5, 0, EngineError.None, false },
        { "6", 1, 4, EngineError.ConnectionRefused, true },
        { "6", 1, 1, EngineError.ConnectionRefused, true },
        { "6", 1, 0, EngineError.NetworkUnreachable, false },
        { "6", 1, 3, EngineError.HostUnreachable, false },
        { "6", 3, 0, EngineError.HostUnreachable, false },
        { "6", 4, 0, EngineError.HostUnreachable, false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_connected_endpoint_gets_the_hard_errors(
        string family, byte type, byte code, EngineError error, bool isHard)
    {
        var bench = new UdpBench(family);
        var endpoint = bench.BindConnected();

        bench.ArriveError(type, code, bench.SendFrame(endpoint, "data"u8));

        Assert.Equal(isHard ? error : EngineError.None, endpoint.Error);
        Assert.Equal(isHard ? EngineEvents.SoftError : EngineEvents.None, bench.Events(endpoint));
        bench.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_endpoint_that_asks_for_them_gets_all_errors_of_any_destination(
        string family, byte type, byte code, EngineError error, bool isHard)
    {
        var bench = new UdpBench(family);
        var endpoint = bench.Bind(flags: UdpFlags.ReportsErrors);
        var other = bench.Peer with { Port = new Port(77) };

        bench.ArriveError(type, code, bench.SendFrame(endpoint, "data"u8, other));

        Assert.Equal(error, endpoint.Error);
        Assert.True(error != EngineError.None || !isHard);
        if (error != EngineError.None)
            Assert.Equal((EngineEvents.SoftError, other), (bench.Events(endpoint), endpoint.ErrorPeer));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void An_endpoint_without_peer_gets_none(string family)
    {
        var bench = new UdpBench(family);
        var endpoint = bench.Bind();

        bench.ArriveUnreachable(bench.SendFrame(endpoint, "data"u8));

        Assert.Equal((EngineError.None, EngineEvents.None), (endpoint.Error, bench.Events(endpoint)));
    }

    /// <summary>An attacker that does not see the datagram cannot know its checksum.</summary>
    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void A_forged_error_changes_nothing(string family)
    {
        var bench = new UdpBench(family);
        var endpoint = bench.BindConnected(UdpFlags.ReportsErrors);
        var frame = bench.SendFrame(endpoint, "data"u8);
        var header = family == "4" ? 20 : 40;
        // An octet of each field: addresses, ports, length, checksum.
        foreach (var at in new[] { header - 1, header, header + 1, header + 2, header + 5, header + 6, header + 7 })
        {
            var forged = frame.ToArray();
            forged[at] ^= 1;
            bench.ArriveUnreachable(forged);
            bench.ArriveError((byte)(family == "4" ? 3 : 2), (byte)(family == "4" ? 4 : 0), forged, 1280);
        }

        Assert.Equal((EngineError.None, EngineEvents.None), (endpoint.Error, bench.Events(endpoint)));
        Assert.Equal(14, bench.Count(Counter.DroppedIcmp));
        bench.SendFrame(endpoint, new byte[family == "4" ? 1472 : 1452]);
        bench.ArriveUnreachable(frame);
        Assert.Equal(EngineError.ConnectionRefused, endpoint.Error);
    }

    [Fact]
    public void An_error_about_an_endpoint_that_has_sent_nothing_is_dropped()
    {
        var bench = new UdpBench();
        var endpoint = bench.BindConnected();

        bench.ArriveUnreachable(Frames.Udp(new UdpPeer(bench.Us, UdpBench.Service), bench.Peer, "never sent"u8));
        bench.ArriveUnreachable(Frames.Udp(new UdpPeer(bench.Us, new Port(1)), bench.Peer, "nobody"u8));

        Assert.Equal((EngineError.None, 2), (endpoint.Error, bench.Count(Counter.DroppedIcmp)));
    }

    [Fact]
    public void Old_datagrams_are_forgotten()
    {
        var bench = new UdpBench();
        var endpoint = bench.BindConnected();
        var first = bench.SendFrame(endpoint, "first"u8);
        for (var i = 0; i < 5000; i++)
            bench.SendFrame(endpoint, [unchecked((byte)i), (byte)(i >> 8)]);

        bench.ArriveUnreachable(first);

        Assert.Equal((EngineError.None, 1), (endpoint.Error, bench.Count(Counter.DroppedIcmp)));
    }

    [Fact]
    public void A_router_may_send_the_error()
    {
        var bench = new UdpBench();
        var endpoint = bench.BindConnected(UdpFlags.ReportsErrors);

        bench.ArriveError(3, 1, bench.SendFrame(endpoint, "data"u8)[..28], from: UdpBench.Address("203.0.113.9"));

        Assert.Equal(EngineError.HostUnreachable, endpoint.Error);
    }

    [Theory]
    [InlineData("4", 3, 4, 1400u, 1400)]
    [InlineData("4", 3, 4, 0u, 552)]
    [InlineData("4", 3, 4, 68u, 552)]
    [InlineData("6", 2, 0, 1280u, 1280)]
    [InlineData("6", 2, 0, 1279u, 1500)]
    [InlineData("4", 3, 4, 1500u, 1500)]
    [Trait("RFC", "1191 section 6.3")]
    [Trait("RFC", "8201 section 4")]
    public void Too_big_lowers_the_path_MTU_for_ten_minutes(
        string family, byte type, byte code, uint reported, int expected)
    {
        var bench = new UdpBench(family);
        var endpoint = bench.Bind(flags: UdpFlags.DontFragment);
        var headers = (family == "4" ? 20 : 40) + 8;

        bench.ArriveError(type, code, bench.SendFrame(endpoint, new byte[1500 - headers])[..(headers + 100)], reported);

        Assert.Equal(expected, MaxTo(bench, endpoint, bench.Peer) + headers);
        // Another path is not affected.
        var other = new UdpPeer(UdpBench.Address(family == "4" ? "198.18.0.9" : "2001:db8:75::9"), new Port(1));
        Assert.Equal(1500, MaxTo(bench, endpoint, other) + headers);
        bench.Now += TimeSpan.FromMinutes(10);
        Assert.Equal(1500, MaxTo(bench, endpoint, bench.Peer) + headers);
    }

    [Fact]
    [Trait("RFC", "5927 section 7")]
    public void Too_big_for_a_datagram_that_is_smaller_is_dropped()
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind(flags: UdpFlags.DontFragment);

        bench.ArriveError(3, 4, bench.SendFrame(endpoint, new byte[500]), 552);

        Assert.Equal(1, bench.Count(Counter.DroppedIcmp));
        Assert.Equal(1472, MaxTo(bench, endpoint, bench.Peer));
    }

    [Fact]
    public void The_number_of_known_paths_is_bounded()
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind(flags: UdpFlags.DontFragment);
        for (var i = 0; i < 300; i++)
        {
            var to = new UdpPeer(IpAddress.FromIPv4(0xC612_0100 + (uint)i), new Port(1));
            bench.Now += TimeSpan.FromMilliseconds(1);
            bench.ArriveError(3, 4, bench.SendFrame(endpoint, new byte[1472], to), 1400);
            Assert.Equal(1372, MaxTo(bench, endpoint, to));
        }

        Assert.Equal(256, bench.Engine.State.UdpPathMtus.Count);
    }

    [Fact]
    public void A_new_connection_forgets_the_error_of_the_old_one()
    {
        var bench = new UdpBench();
        var endpoint = bench.BindConnected();
        bench.ArriveUnreachable(bench.SendFrame(endpoint, "data"u8));

        bench.Engine.ConnectUdp(endpoint, bench.Peer with { Port = new Port(1) });

        Assert.Equal(EngineError.None, endpoint.Error);
    }

    private static int MaxTo(UdpBench bench, UdpEndpoint endpoint, UdpPeer to)
    {
        var length = 1472;
        while (bench.Send(endpoint, new byte[length], to) == EngineError.MessageTooLong)
            length--;
        bench.Host.Emit(bench.Now);
        return length;
    }
}
