using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Accepting connections, and closing listeners.</summary>
public sealed class ListenerTests
{
    [Fact]
    public async Task Many_accepts_may_wait_and_each_gets_one_connection()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();
        var accepts = Enumerable.Range(0, 100).Select(_ => listener.AcceptConnectionAsync().AsTask()).ToArray();

        var clients = await Task.WhenAll(accepts.Select(_ => pair.Client.ConnectAsync(listener.LocalEndPoint).AsTask()))
            .OrFail();

        var servers = await Task.WhenAll(accepts).OrFail();
        Assert.Equal(
            clients.Select(client => client.LocalEndPoint.Port).Order(),
            servers.Select(server => server.RemoteEndPoint.Port).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(512)]
    public async Task Connections_wait_in_order_to_be_accepted(int backlog)
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.Server.ListenAsync(
            new UserTcpListenerOptions
            {
                ListenEndPoint = new IPEndPoint(StackPair.ServerIPv4, 80),
                ListenBacklog = backlog,
            })
            .OrFail();

        for (var round = 0; round < 3; round++)
        {
            var clients = new List<UserTcpConnection>();
            for (var count = 0; count < backlog && count < 100; count++)
                clients.Add(await pair.Client.ConnectAsync(listener.LocalEndPoint).OrFail());

            foreach (var client in clients)
            {
                await using var server = await listener.AcceptConnectionAsync().OrFail();
                Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
                await client.DisposeAsync();
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(512, 1)]
    [InlineData(512, 3)]
    public async Task Pending_says_whether_a_connection_waits(int backlog, int queues)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = queues });
        var listener = await pair.Server.ListenAsync(new UserTcpListenerOptions
        {
            ListenEndPoint = new IPEndPoint(StackPair.ServerIPv4, 80),
            ListenBacklog = backlog,
        }).OrFail();
        Assert.False(listener.Pending());
        for (var round = 0; round < 3; round++)
        {
            await using var client = await pair.Client.ConnectAsync(listener.LocalEndPoint).OrFail();
            await Until.TrueAsync(listener.Pending);
            await using var server = await listener.AcceptConnectionAsync().OrFail();
            Assert.False(listener.Pending());
        }

        await listener.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => listener.Pending());
    }

    [Fact]
    public async Task An_IPv6_only_listener_leaves_IPv4_to_another()
    {
        await using var pair = await StackPair.StartAsync();
        await using var six = await pair.Server.ListenAsync(new UserTcpListenerOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.IPv6Any, 80),
            IPv6Only = true,
        }).OrFail();
        await ErrorAssert.AssertSocketAsync(
            SocketError.ConnectionRefused,
            () => pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4, 80)).OrFail());

        await using var four = await pair.Server.ListenAsync(new UserTcpListenerOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Any, 80),
            ExclusiveAddressUse = true,
        }).OrFail();

        await using var first = await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4, 80)).OrFail();
        await using var second = await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv6, 80)).OrFail();
        await Until.TrueAsync(() => four.Pending() && six.Pending());
    }

    [Theory]
    [InlineData("0.0.0.0", "198.18.0.2", true)]
    [InlineData("198.18.0.2", "0.0.0.0", true)]
    [InlineData("::", "198.18.0.2", true)]
    [InlineData("::", "2001:db8:75::2", true)]
    [InlineData("0.0.0.0", "2001:db8:75::2", false)]
    [InlineData("198.18.0.2", "2001:db8:75::2", false)]
    public async Task Exclusive_use_refuses_a_listener_on_the_same_addresses(
        string first, string second, bool overlap)
    {
        await using var pair = await StackPair.StartAsync();
        foreach (var (firstExclusive, secondExclusive) in new[] { (false, false), (true, false), (false, true) })
        {
            await using var one = await OpenAsync(first, firstExclusive).OrFail();
            if (overlap && (firstExclusive || secondExclusive))
            {
                await ErrorAssert.AssertSocketAsync(
                    SocketError.AddressAlreadyInUse, () => OpenAsync(second, secondExclusive).OrFail());
            }
            else
            {
                await using var two = await OpenAsync(second, secondExclusive).OrFail();
            }
        }

        ValueTask<UserTcpListener> OpenAsync(string address, bool exclusive) =>
            pair.Server.ListenAsync(new UserTcpListenerOptions
            {
                ListenEndPoint = new IPEndPoint(IPAddress.Parse(address), 80),
                ExclusiveAddressUse = exclusive,
            });
    }

    [Fact]
    public async Task Connections_beyond_the_backlog_wait()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.Server.ListenAsync(
            new UserTcpListenerOptions { ListenEndPoint = new IPEndPoint(StackPair.ServerIPv4, 80), ListenBacklog = 2 })
            .OrFail();
        for (var count = 0; count < 2; count++)
            await pair.Client.ConnectAsync(listener.LocalEndPoint).OrFail();

        var third = pair.Client.ConnectAsync(listener.LocalEndPoint).AsTask();
        await Until.TrueAsync(
            () => pair.Server.GetCounters()[Counter.DroppedListenFull] > 0, "the third SYN is dropped");
        Assert.False(third.IsCompleted);

        await listener.AcceptConnectionAsync().OrFail();
        await third.OrFail();
    }

    [Fact]
    public async Task Data_and_FIN_may_arrive_before_the_accept()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();
        var client = await pair.Client.ConnectAsync(listener.LocalEndPoint).OrFail();
        await client.GetStream().WriteAsync("early"u8.ToArray());
        client.CompleteWrites();
        await client.WritesClosed.OrFail();

        var server = await listener.AcceptConnectionAsync().OrFail();

        Assert.Equal("early"u8.ToArray(), await server.GetStream().ReadToEndAsync());
        await server.ReadsClosed.OrFail();
    }

    [Fact]
    public async Task Disposal_ends_waiting_accepters_and_refuses_later_ones()
    {
        await using var pair = await StackPair.StartAsync();
        var listener = await pair.ListenAsync();
        var accepts = Enumerable.Range(0, 3).Select(_ => listener.AcceptConnectionAsync().AsTask()).ToArray();

        await listener.DisposeAsync();
        await listener.DisposeAsync();

        foreach (var accept in accepts)
            await ErrorAssert.AssertSocketAsync(SocketError.OperationAborted, () => accept.OrFail());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.AcceptConnectionAsync().OrFail());
    }

    [Fact]
    public async Task Disposal_resets_connections_that_nobody_accepted_and_frees_the_port()
    {
        await using var pair = await StackPair.StartAsync();
        var listener = await pair.ListenAsync(port: 80);
        var clients = new List<UserTcpConnection>();
        for (var count = 0; count < 100; count++)
        {
            clients.Add(await pair.Client.ConnectAsync(listener.LocalEndPoint).OrFail());
            await clients[^1].GetStream().WriteAsync(new byte[100]);
        }

        await listener.DisposeAsync();

        foreach (var client in clients)
        {
            await ErrorAssert.AssertIOAsync(
                SocketError.ConnectionReset, () => client.GetStream().ReadAsync(new byte[1]).OrFail());
        }

        await using var again = await pair.ListenAsync(port: 80);
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task Disposal_leaves_accepted_connections_alone()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        await client.GetStream().WriteAsync("on"u8.ToArray());

        Assert.Equal("on"u8.ToArray(), await server.GetStream().ReadExactlyAsync(2));
    }

    [Fact]
    public async Task Port_0_chooses_a_free_port()
    {
        await using var pair = await StackPair.StartAsync();
        await using var one = await pair.ListenAsync();
        await using var other = await pair.ListenAsync();

        Assert.NotEqual(0, one.LocalEndPoint.Port);
        Assert.NotEqual(one.LocalEndPoint.Port, other.LocalEndPoint.Port);
    }

    [Fact]
    public async Task Buffer_sizes_are_those_of_the_listener()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.Server.ListenAsync(new UserTcpListenerOptions
        {
            ListenEndPoint = new IPEndPoint(StackPair.ServerIPv4, 80),
            ReceiveBufferSize = 10_000,
            SendBufferSize = 20_000,
            NoDelay = true,
        }).OrFail();

        var (client, server) = await pair.ConnectAsync(listener);

        Assert.True(server.NoDelay);
        Assert.InRange(client.GetInfo().SndWnd, 1u, 10_000u);
        var write = server.GetStream().WriteAsync(new byte[20_000]).AsTask();
        await client.GetStream().ReadExactlyAsync(20_000);
        await write.OrFail();
    }

    [Fact]
    public async Task Arguments_are_checked()
    {
        await using var pair = await StackPair.StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pair.Server.ListenAsync(
            new UserTcpListenerOptions
            {
                ListenEndPoint = new IPEndPoint(StackPair.ServerIPv4, 80),
                ListenBacklog = -1,
            })
            .OrFail());
        await Assert.ThrowsAsync<ArgumentException>(() =>
            pair.Client.ConnectAsync(new UnixDomainSocketEndPoint("/x")).OrFail());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () =>
                pair.Server.ListenAsync(new IPEndPoint(StackPair.ServerIPv4, 80), new CancellationToken(canceled: true))
                    .OrFail());
    }
}
