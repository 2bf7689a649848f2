using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>Errors reach the other side as RST or ICMP.</summary>
public sealed class ErrorTests
{
    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task An_abort_resets_the_kernels_socket(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.KernelOpensAsync(family);
        using var _ = kernel;
        var read = kernel.ReceiveAsync(new byte[1]).OrFail();

        connection.Abort();

        await Payload.AssertSocketAsync(SocketError.ConnectionReset, () => read);
        await link.NothingLeftAsync();
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task The_kernels_reset_is_a_reset(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.StackOpensAsync(family);
        var read = connection.GetStream().ReadAsync(new byte[1]).OrFail();

        kernel.LingerState = new LingerOption(enable: true, seconds: 0);
        kernel.Dispose();

        await Payload.AssertIOAsync(SocketError.ConnectionReset, () => read);
        await Payload.AssertIOAsync(
            SocketError.ConnectionReset, () => connection.GetStream().WriteAsync(new byte[1]).OrFail());
        await link.NothingLeftAsync();
        Assert.Empty(link.Network.States());
    }

    [Fact]
    [Trait("RFC", "2525 section 2.17")]
    public async Task Closing_with_unread_data_resets_the_kernels_socket_after_the_FIN()
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.KernelOpensAsync();
        using var _ = kernel;
        await kernel.SendAsync(new byte[100]).OrFail();
        await Until.TrueAsync(() => connection.GetInfo().ReceiveQueue == 100);

        await connection.GetStream().WriteAsync("bye"u8.ToArray());
        await connection.DisposeAsync();

        var buffer = new byte[10];
        Assert.Equal(3, await kernel.ReceiveAsync(buffer).OrFail());
        Assert.Equal(0, await kernel.ReceiveAsync(buffer).OrFail());
        await link.NothingLeftAsync();
        Assert.Equal(1, link.Count(Counter.ResetsSent));
        await Payload.AssertSocketAsync(SocketError.Shutdown, () => kernel.SendAsync(new byte[1]).OrFail());
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task A_closed_port_of_the_kernel_refuses_at_once(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        var closed = new IPEndPoint(KernelLink.KernelAddress(family), 9);

        await Payload.AssertSocketAsync(SocketError.ConnectionRefused, () => link.Stack.ConnectAsync(closed).OrFail());

        // One SYN only.
        Assert.Equal(1, link.Count(Counter.SegmentsSent));
        link.AssertNothingWentWrong();
        await link.NothingLeftAsync();
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task A_closed_port_of_the_stack_refuses_at_once(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        using var socket = link.Network.NewSocket(family);

        await Payload.AssertSocketAsync(
            SocketError.ConnectionRefused,
            () => socket.ConnectAsync(new IPEndPoint(KernelLink.StackAddress(family), 9)).OrFail());

        Assert.Equal(1, link.Count(Counter.ResetsSent));
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    [Trait("RFC", "1122 section 4.1.3.1")]
    public async Task A_UDP_datagram_draws_port_unreachable(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        using var socket = link.Network.Inside(() => new Socket(family, SocketType.Dgram, ProtocolType.Udp));
        socket.Connect(new IPEndPoint(KernelLink.StackAddress(family), 53));
        await socket.SendAsync(new byte[100]).OrFail();

        await Payload.AssertSocketAsync(SocketError.ConnectionRefused, () => socket.ReceiveAsync(new byte[1]).OrFail());

        Assert.Equal(1, link.Count(Counter.IcmpErrorsSent));
    }

    [Theory]
    [InlineData("-4", "198.18.0.2", "56")]
    [InlineData("-6", "2001:db8:75::2", "56")]
    [InlineData("-4", "198.18.0.2", "1472")]
    [InlineData("-6", "2001:db8:75::2", "1452")]
    [InlineData("-4", "198.18.0.2", "0")]
    [InlineData("-4", "198.18.0.2", "1473")]
    [InlineData("-4", "198.18.0.2", "65507")]
    [InlineData("-6", "2001:db8:75::2", "2000")]
    [InlineData("-6", "2001:db8:75::2", "65000")]
    [Trait("RFC", "1122 section 3.2.2.6")]
    [Trait("RFC", "4443 section 4.2")]
    public async Task Ping_is_answered(string family, string address, string size)
    {
        await using var link = await KernelLink.StartAsync();

        // After the last request ping waits for twice the max RTT or the interval, whichever is more.
        var said = await link.Network.RunAsync(
            "ping", family, "-n", "-c", "2", "-i", "1", "-W", "5", "-s", size, address);

        Assert.True(said.Contains("2 received, 0% packet loss", StringComparison.Ordinal), said);
        Assert.Equal(2, link.Count(Counter.EchoReplies));
    }

    [Fact]
    public async Task The_stack_does_not_answer_for_other_addresses()
    {
        await using var link = await KernelLink.StartAsync();
        using var socket = link.Network.Inside(() =>
            new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));

        await socket.SendToAsync(new byte[10], new IPEndPoint(IPAddress.Parse("198.18.0.77"), 7)).OrFail();

        await Until.TrueAsync(() => link.Count(Counter.DroppedNotForUs) > 0);
        Assert.Equal(0, link.Count(Counter.IcmpErrorsSent));
    }

    [Fact]
    public async Task A_disposed_listener_refuses_further_connections()
    {
        await using var link = await KernelLink.StartAsync();
        var listener = await link.ListenAsync();
        var (kernel, connection) = await link.KernelOpensAsync(listener);
        await listener.DisposeAsync();

        using var late = link.Network.NewSocket(AddressFamily.InterNetwork);
        await Payload.AssertSocketAsync(
            SocketError.ConnectionRefused, () => late.ConnectAsync(listener.LocalEndPoint).OrFail());

        await kernel.SendAllAsync([1, 2, 3]);
        Assert.Equal([1, 2, 3], await connection.GetStream().ReadToEndAsync());
        kernel.Dispose();
    }

    [Fact]
    public async Task A_full_backlog_makes_the_kernel_retransmit_its_SYN()
    {
        await using var link = await KernelLink.StartAsync();
        await using var listener = await link.Stack.ListenAsync(
            new UserTcpListenerOptions { ListenEndPoint = new IPEndPoint(KernelLink.StackIPv4, 0), ListenBacklog = 1 });
        using var first = link.Network.NewSocket(AddressFamily.InterNetwork);
        using var second = link.Network.NewSocket(AddressFamily.InterNetwork);
        await first.ConnectAsync(listener.LocalEndPoint).OrFail();

        var waiting = second.ConnectAsync(listener.LocalEndPoint).OrFail();
        await Until.TrueAsync(() => link.Count(Counter.DroppedListenFull) > 0);
        Assert.False(waiting.IsCompleted);
        await using var one = await listener.AcceptConnectionAsync().OrFail();

        // The kernel retransmits the SYN after a second.
        await waiting;
        await using var other = await listener.AcceptConnectionAsync().OrFail();
        Assert.Equal(second.LocalEndPoint, other.RemoteEndPoint);
    }
}
