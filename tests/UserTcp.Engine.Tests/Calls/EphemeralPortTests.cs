using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Calls;

/// <summary>Ephemeral ports (RFC 6056 section 3.3.4).</summary>
[Trait("RFC", "6056 section 3.3.4")]
public class EphemeralPortTests
{
    private static readonly IpAddress Peer = AddressTests.Ip("198.18.0.1");

    [Fact]
    public void Every_port_of_the_range_is_used_once()
    {
        var host = Host(new EngineOptions { FirstEphemeralPort = 50_000, LastEphemeralPort = 50_099 });
        var ports = Enumerable.Range(0, 100).Select(_ => PortOf(host, Peer)).ToList();
        Assert.Equal(Enumerable.Range(50_000, 100), ports.Order());
        Assert.Equal(EngineError.AddressNotAvailable, Open(host, Peer, 80, out _));

        // For another peer, or another port of this one, all ports are free.
        Assert.Equal(EngineError.None, Open(host, AddressTests.Ip("198.18.0.9"), 80, out _));
        Assert.Equal(EngineError.None, Open(host, Peer, 81, out var other));
        host.Engine.Abort(other!, MonotonicTime.Zero);
        Assert.Equal(EngineError.None, Open(host, Peer, 81, out _));
    }

    [Fact]
    public void A_range_may_be_one_port_and_port_65535()
    {
        var host = Host(new EngineOptions { FirstEphemeralPort = 65_535, LastEphemeralPort = 65_535 });
        Assert.Equal(65_535, PortOf(host, Peer));
        Assert.Equal(EngineError.AddressNotAvailable, Open(host, Peer, 80, out _));
    }

    [Fact]
    public void A_port_is_reused_last()
    {
        var host = Host(new EngineOptions { FirstEphemeralPort = 50_000, LastEphemeralPort = 50_099 });
        var ports = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            Open(host, Peer, 80, out var connection);
            ports.Add(connection!.Tuple.LocalPort.Value);
            host.Engine.Abort(connection, MonotonicTime.Zero);
        }

        Assert.Equal(100, ports.Distinct().Count());
    }

    [Fact]
    public void The_first_port_depends_on_the_key_and_the_peer()
    {
        var starts = Enumerable.Range(1, 200).Select(key => PortOf(Host(new EngineOptions(), (ulong)key), Peer))
            .ToList();
        Assert.InRange(starts.Distinct().Count(), 195, 200);
        Assert.All(starts, port => Assert.InRange(port, 32_768, 60_999));

        var peers = Enumerable.Range(1, 200)
            .Select(i => PortOf(Host(new EngineOptions()), IpAddress.FromIPv4((198u << 24) + (uint)i)))
            .ToList();
        Assert.InRange(peers.Distinct().Count(), 195, 200);
        Assert.Equal(PortOf(Host(new EngineOptions()), Peer), PortOf(Host(new EngineOptions()), Peer));
    }

    [Fact]
    public void A_listener_without_a_port_gets_a_free_one()
    {
        var host = Host(new EngineOptions { FirstEphemeralPort = 50_000, LastEphemeralPort = 50_004 });
        var ports = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(
                EngineError.None,
                host.Engine.Listen(IpAddress.AnyIPv4, default, null, ConnectionOptions.Default, out var listener));
            ports.Add(listener!.LocalPort.Value);
        }

        Assert.Equal(Enumerable.Range(50_000, 5), ports.Order());
        Assert.Equal(
            EngineError.AddressNotAvailable,
            host.Engine.Listen(IpAddress.AnyIPv4, default, null, ConnectionOptions.Default, out _));
    }

    private static TestHost Host(EngineOptions options, ulong key = 1) =>
        new("198.18.0.2", options, keys: TestHost.Keys(key));

    private static int PortOf(TestHost host, IpAddress peer)
    {
        Assert.Equal(EngineError.None, Open(host, peer, 80, out var connection));
        return connection!.Tuple.LocalPort.Value;
    }

    private static EngineError Open(TestHost host, IpAddress peer, ushort port, out Tcb? connection) =>
        host.Engine.Open(
            null, default, peer, new Port(port), ConnectionOptions.Default, MonotonicTime.Zero, out connection);
}
