using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Tun;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Kernel.Tests.Tun;

/// <summary>The kernel says the states of its connections (sock_diag(7)).</summary>
public sealed class KernelConnectionsTests
{
    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task Each_state_of_a_close_is_the_kernels_own(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        using var states = link.Network.Inside(() => new KernelConnections());
        var (kernel, connection) = await link.StackOpensAsync(family);
        var tuple = new FourTuple(
            IpAddress.From(((IPEndPoint)kernel.LocalEndPoint!).Address), PortOf(kernel.LocalEndPoint),
            IpAddress.From(connection.LocalEndPoint.Address), PortOf(connection.LocalEndPoint));
        Assert.Equal(TcpState.Established, states.GetState(tuple));

        connection.CompleteWrites();
        await Until.TrueAsync(() => states.GetState(tuple) == TcpState.CloseWait);
        kernel.Dispose();
        await Until.TrueAsync(() => states.GetState(tuple) is null);
        Assert.Null(states.GetState(tuple));
        await link.NothingLeftAsync();
    }

    [Fact]
    public async Task A_listener_is_in_LISTEN_and_what_never_was_has_no_state()
    {
        await using var link = await KernelLink.StartAsync();
        using var states = link.Network.Inside(() => new KernelConnections());
        var (any, none) = (IpAddress.From(KernelLink.KernelIPv4), IpAddress.From(KernelLink.StackIPv4));

        Assert.Null(states.GetState(new FourTuple(any, new Port(9), none, new Port(9))));
        using var listener = link.Network.Listen(KernelLink.KernelIPv4);
        Assert.Equal(
            TcpState.Listen,
            states.GetState(new FourTuple(any, PortOf(listener.LocalEndPoint!), none, new Port(9))));
    }

    private static Port PortOf(EndPoint endPoint) => new((ushort)((IPEndPoint)endPoint).Port);
}
