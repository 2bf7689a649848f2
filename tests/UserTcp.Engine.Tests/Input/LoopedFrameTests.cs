using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Calls;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>
/// Frames that a host sends to itself: only they may have its own addresses as source, or loopback addresses.
/// </summary>
public class LoopedFrameTests
{
    private readonly TestHost _host = new(["198.18.0.2", "2001:db8:75::2"]);
    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly MonotonicTime _now = new(1);

    [Theory]
    [InlineData("198.18.0.2")]
    [InlineData("127.0.0.1")]
    [InlineData("2001:db8:75::2")]
    [InlineData("::1")]
    [Trait("RFC", "1122 section 3.2.1.3")]
    public void A_connection_to_the_host_itself_is_established_by_looped_frames(string address)
    {
        Listen(IpAddress.AnyIPv6);
        var client = Open(address);
        Assert.Equal(AddressTests.Ip(address), client.Tuple.LocalAddress);

        Assert.Equal(3, Loop(isLooped: true));

        Assert.Equal(TcpState.Established, client.State);
        Assert.Equal(2, _host.Engine.ConnectionCount);
    }

    [Theory]
    [InlineData("198.18.0.2")]
    [InlineData("127.0.0.1")]
    [InlineData("2001:db8:75::2")]
    [InlineData("::1")]
    [Trait("RFC9293", "MUST-63")]
    public void The_same_frames_from_the_link_are_dropped(string address)
    {
        Listen(IpAddress.AnyIPv6);
        Open(address);

        Assert.Equal(1, Loop(isLooped: false));

        Assert.Equal(1, _host.Engine.Counters[Counter.DroppedMartian]);
        Assert.Equal(1, _host.Engine.ConnectionCount);
    }

    [Theory]
    [InlineData("127.0.0.1", "198.18.0.1")]
    [InlineData("::1", "2001:db8:75::1")]
    [Trait("RFC", "1122 section 3.2.1.3")]
    public void A_frame_from_the_link_to_a_loopback_address_is_dropped(string loopback, string peer)
    {
        Listen(AddressTests.Ip(loopback));
        var syn = new TcpHeader(new Port(4000), new Port(80), default, default, TcpFlags.Syn, 1000);

        _host.Receive(Frames.Tcp(AddressTests.Ip(peer), AddressTests.Ip(loopback), syn, default, default), _now);

        Assert.Equal(1, _host.Engine.Counters[Counter.DroppedNotForUs]);
        Assert.Empty(_host.Emit(_now));
    }

    [Theory]
    [InlineData("127.0.0.1", "198.18.0.1")]
    [InlineData("::1", "2001:db8:75::1")]
    [Trait("RFC", "1122 section 3.2.1.3")]
    public void A_loopback_source_leads_to_no_other_host(string loopback, string peer) => Assert.Equal(
        EngineError.AddressInvalid,
        _host.Engine.Open(
            AddressTests.Ip(loopback), default, AddressTests.Ip(peer), new Port(80), ConnectionOptions.Default, _now,
            out _));

    [Fact]
    public void A_RST_to_the_host_itself_is_looped_too()
    {
        var client = Open("127.0.0.1");

        Assert.Equal(2, Loop(isLooped: true));

        Assert.Equal((TcpState.Closed, EngineError.ConnectionRefused), (client.State, client.Error));
    }

    [Fact]
    public void A_listener_for_IPv6_alone_has_no_connection_of_IPv4()
    {
        Assert.Equal(
            EngineError.None,
            _host.Engine.Listen(
                IpAddress.AnyIPv6, new Port(80), null, ConnectionOptions.Default, out _, ListenFlags.IPv6Only));
        var (four, six) = (Open("127.0.0.1"), Open("::1"));

        Loop(isLooped: true);

        Assert.Equal((TcpState.Closed, TcpState.Established), (four.State, six.State));
    }

    [Fact]
    public void An_exclusive_listener_chooses_a_port_that_is_free_on_all_its_addresses()
    {
        var host = new TestHost(
            "198.18.0.2", new EngineOptions { FirstEphemeralPort = 50_000, LastEphemeralPort = 50_001 });
        host.Engine.Listen(host.Address, new Port(50_000), null, ConnectionOptions.Default, out _);

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(
                EngineError.None,
                host.Engine.Listen(
                    IpAddress.AnyIPv4, default, null, ConnectionOptions.Default, out var listener,
                    ListenFlags.Exclusive));
            Assert.Equal(50_001, listener!.LocalPort.Value);
            host.Engine.CloseListener(listener, _now);
        }
    }

    [Fact]
    public void A_link_too_small_for_IPv6_has_no_IPv6_loopback()
    {
        var host = new TestHost("198.18.0.2", link: new LinkProperties(68));

        Assert.Equal(
            EngineError.AddressInvalid,
            host.Engine.Open(
                null, default, IpAddress.LoopbackIPv6, new Port(80), ConnectionOptions.Default, _now, out _));
    }

    private void Listen(IpAddress address) => Assert.Equal(
        EngineError.None,
        _host.Engine.Listen(address, new Port(80), null, ConnectionOptions.Default, out _));

    private Tcb Open(string address)
    {
        Assert.Equal(
            EngineError.None,
            _host.Engine.Open(
                null, default, AddressTests.Ip(address), new Port(80), ConnectionOptions.Default, _now, out var tcb));
        return tcb!;
    }

    /// <summary>Hands back every frame until there is none; returns their number. All must be looped.</summary>
    private int Loop(bool isLooped)
    {
        var frames = 0;
        while (_host.Engine.TryEmit(_headers, _now, out var emission))
        {
            Assert.True(emission.IsLooped);
            frames++;
            var block = _host.Pool.Rent(emission.Length);
            block.End = emission.CopyTo(block.Array);
            block.IsLooped = isLooped;
            if (!_host.Engine.OnFrame(block, _now))
                block.Release();
        }

        return frames;
    }
}
