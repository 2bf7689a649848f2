using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>UDP sockets: datagrams between two stacks.</summary>
public sealed class UdpTests
{
    [Theory]
    [InlineData("198.18.0.2", 1, false)]
    [InlineData("2001:db8:75::2", 1, true)]
    [InlineData("198.18.0.2", 4, false)]
    [InlineData("2001:db8:75::2", 4, true)]
    public async Task Datagrams_go_both_ways_at_any_queue(string address, int queues, bool inlineContinuations)
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { Queues = queues, InlineContinuations = inlineContinuations });
        await using var server = await BindAsync(pair.Server, IPAddress.IPv6Any, 53);
        for (var number = 0; number < 20; number++)
        {
            await using var client = await BindAsync(pair.Client, IPAddress.IPv6Any);
            var data = Payload(number * 70);
            Assert.Equal(
                data.Length, await client.SendToAsync(data, new IPEndPoint(IPAddress.Parse(address), 53)).OrFail());

            var (received, from) = await ReceiveAsync(server);
            Assert.Equal(data, received);
            Assert.Equal(client.LocalEndPoint.Port, from.Port);
            Assert.Equal(IPAddress.Parse(address).AddressFamily, from.AddressFamily);
            await server.SendToAsync(data.Reverse().ToArray(), from).OrFail();
            var (answer, answerer) = await ReceiveAsync(client);
            Assert.Equal(data.Reverse(), answer);
            Assert.Equal(new IPEndPoint(IPAddress.Parse(address), 53), answerer);
        }

        await pair.NothingLeftAsync();
        Assert.Equal(20, pair.Server.GetCounters()[Counter.UdpInDatagrams]);
        Assert.Equal(20, pair.Server.GetCounters()[Counter.UdpOutDatagrams]);
    }

    [Fact]
    public async Task A_connected_socket_sends_to_its_peer_and_hears_it_alone()
    {
        await using var pair = await StackPair.StartAsync();
        await using var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        await using var stranger = await BindAsync(pair.Server, StackPair.ServerIPv4, 54);
        await using var client = await BindAsync(pair.Client, IPAddress.Any);
        Assert.Null(client.RemoteEndPoint);
        await ErrorAssert.AssertSocketAsync(SocketError.NotConnected, () => client.SendAsync(Payload(1)).AsTask());

        await client.ConnectAsync(server.LocalEndPoint).OrFail();
        Assert.Equal(server.LocalEndPoint, client.RemoteEndPoint);
        Assert.Equal(StackPair.ClientIPv4, client.LocalEndPoint.Address);
        await stranger.SendToAsync(Payload(9), client.LocalEndPoint).OrFail();
        await client.SendAsync(Payload(3)).OrFail();
        var (_, from) = await ReceiveAsync(server);
        Assert.Equal(client.LocalEndPoint, from);
        await server.SendToAsync(Payload(4), from).OrFail();

        var buffer = new byte[100];
        Assert.Equal(4, await client.ReceiveAsync(buffer).OrFail());
        Assert.Equal(1, pair.Client.GetCounters()[Counter.UdpNoPorts]);
    }

    [Fact]
    public async Task A_name_is_resolved()
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { Resolver = static host => host == "server" ? [StackPair.ServerIPv4] : [] });
        await using var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        await using var client = await BindAsync(pair.Client, IPAddress.Any);

        await client.SendToAsync(Payload(1), new DnsEndPoint("server", 53)).OrFail();
        await client.ConnectAsync(new DnsEndPoint("server", 53)).OrFail();
        await client.SendAsync(Payload(2)).OrFail();

        Assert.Single((await ReceiveAsync(server)).Data);
        Assert.Equal(2, (await ReceiveAsync(server)).Data.Length);
        await ErrorAssert.AssertSocketAsync(
            SocketError.HostNotFound, () => client.SendToAsync(Payload(1), new DnsEndPoint("nobody", 1)).AsTask());
    }

    [Fact]
    public async Task A_bound_address_is_in_use_until_the_socket_is_disposed()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = 4 });
        for (var port = 1; port <= 8; port++)
        {
            var socket = await BindAsync(pair.Server, IPAddress.Any, port);
            await ErrorAssert.AssertSocketAsync(
                SocketError.AddressAlreadyInUse,
                () => BindAsync(pair.Server, IPAddress.Any, socket.LocalEndPoint.Port));
            await socket.DisposeAsync();
            await socket.DisposeAsync();
            await (await BindAsync(pair.Server, IPAddress.Any, port)).DisposeAsync();
        }

        await ErrorAssert.AssertSocketAsync(
            SocketError.AddressNotAvailable, () => BindAsync(pair.Server, IPAddress.Parse("198.18.0.9"), 1));
        await ErrorAssert.AssertSocketAsync(
            SocketError.AddressNotAvailable, () => BindAsync(pair.Server, IPAddress.Parse("198.18.0.9"), 0));
    }

    [Fact]
    public async Task Exclusive_use_and_IPv6_only_are_as_for_listeners()
    {
        await using var pair = await StackPair.StartAsync();
        await using var six = await pair.Server.BindUdpAsync(
            new UserTcpUdpOptions { LocalEndPoint = new IPEndPoint(IPAddress.IPv6Any, 53), IPv6Only = true }).OrFail();
        await using var four = await pair.Server.BindUdpAsync(
            new UserTcpUdpOptions { LocalEndPoint = new IPEndPoint(IPAddress.Any, 53), ExclusiveAddressUse = true })
            .OrFail();

        await ErrorAssert.AssertSocketAsync(
            SocketError.AddressAlreadyInUse, () => BindAsync(pair.Server, StackPair.ServerIPv4, 53));
        await using var exact = await BindAsync(pair.Server, StackPair.ServerIPv6, 53);
    }

    [Fact]
    public async Task A_datagram_longer_than_the_buffer_is_MessageSize_and_the_next_one_is_whole()
    {
        await using var pair = await StackPair.StartAsync();
        await using var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        await using var client = await BindAsync(pair.Client, IPAddress.Any);
        var buffer = new byte[5];
        var waiting = server.ReceiveFromAsync(buffer).AsTask();
        await client.SendToAsync(Payload(6), server.LocalEndPoint).OrFail();

        await ErrorAssert.AssertSocketAsync(SocketError.MessageSize, () => waiting.OrFail());
        Assert.Equal(Payload(5), buffer);

        await client.SendToAsync(Payload(7), server.LocalEndPoint).OrFail();
        await client.SendToAsync(Payload(5), server.LocalEndPoint).OrFail();
        await Until.TrueAsync(() => pair.Server.GetCounters()[Counter.UdpInDatagrams] == 3);
        await ErrorAssert.AssertSocketAsync(SocketError.MessageSize, () => server.ReceiveAsync(buffer).OrFail());
        Assert.Equal(5, await server.ReceiveAsync(buffer).OrFail());
        await client.DisposeAsync();
        await pair.NothingLeftAsync();
    }

    [Theory]
    [InlineData("198.18.0.2", 65_507)]
    [InlineData("2001:db8:75::2", 65_527)]
    public async Task The_largest_datagram_arrives_whole(string address, int max)
    {
        await using var pair = await StackPair.StartAsync();
        await using var client = await BindAsync(pair.Client, IPAddress.IPv6Any);
        var to = new IPEndPoint(IPAddress.Parse(address), 53);
        await using var server = await pair.Server.BindUdpAsync(to).OrFail();
        var data = new byte[max];
        new Random(max).NextBytes(data);

        await ErrorAssert.AssertSocketAsync(
            SocketError.MessageSize, () => client.SendToAsync(new byte[max + 1], to).AsTask());
        Assert.Equal(max, await client.SendToAsync(data, to).OrFail());

        var buffer = new byte[max];
        var received = await server.ReceiveFromAsync(buffer).OrFail();
        Assert.Equal(max, received.ReceivedBytes);
        Assert.Equal(data, buffer);
    }

    [Theory]
    [InlineData("198.18.0.2", 1472)]
    [InlineData("2001:db8:75::2", 1452)]
    public async Task Without_fragments_a_datagram_that_does_not_fit_is_MessageSize(string address, int max)
    {
        await using var pair = await StackPair.StartAsync();
        await using var client = await pair.Client.BindUdpAsync(new UserTcpUdpOptions
        {
            LocalEndPoint = new IPEndPoint(IPAddress.IPv6Any, 0),
            DontFragment = true,
        }).OrFail();
        var to = new IPEndPoint(IPAddress.Parse(address), 53);

        foreach (var length in new[] { max + 1, 20_000, 65_527, 65_528, 100_000 })
        {
            await ErrorAssert.AssertSocketAsync(
                SocketError.MessageSize, () => client.SendToAsync(new byte[length], to).AsTask());
        }

        Assert.Equal(max, await client.SendToAsync(new byte[max], to).OrFail());
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task Port_unreachable_is_an_error_of_the_next_call_once()
    {
        await using var pair = await StackPair.StartAsync();
        await using var client = await BindAsync(pair.Client, IPAddress.Any);
        await client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4, 53)).OrFail();

        // To a receiver that waits.
        var waiting = client.ReceiveAsync(new byte[1]).AsTask();
        await client.SendAsync(Payload(1)).OrFail();
        await ErrorAssert.AssertSocketAsync(SocketError.ConnectionRefused, () => waiting.OrFail());

        // To the next send: it is not sent, and the one after it is.
        await client.SendAsync(Payload(1)).OrFail();
        await Until.TrueAsync(() => Outcome.OfAsync(client.SendAsync(Payload(1)).AsTask()).Result
            == "SocketException ConnectionRefused");
        await using var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        await Until.TrueAsync(() => Outcome.OfAsync(client.SendAsync(Payload(2)).AsTask()).Result == "2");
        // Of those before it, one may have been on its way when the port was bound.
        var length = (await ReceiveAsync(server)).Data.Length;
        while (length == 1)
            length = (await ReceiveAsync(server)).Data.Length;
        Assert.Equal(2, length);
    }

    [Fact]
    public async Task A_socket_that_asks_for_all_errors_gets_them_by_destination()
    {
        await using var pair = await StackPair.StartAsync();
        await using var plain = await BindAsync(pair.Client, IPAddress.Any);
        await using var client = await pair.Client.BindUdpAsync(new UserTcpUdpOptions
        {
            LocalEndPoint = new IPEndPoint(IPAddress.Any, 0),
            ReportsAllErrors = true,
        }).OrFail();
        var (closed, other) = (new IPEndPoint(StackPair.ServerIPv4, 1), new IPEndPoint(StackPair.ServerIPv4, 2));

        await plain.SendToAsync(Payload(1), closed).OrFail();
        await client.SendToAsync(Payload(1), closed).OrFail();
        await Until.TrueAsync(() => pair.Server.GetCounters()[Counter.IcmpErrorsSent] == 2);
        await Until.TrueAsync(() => pair.Client.GetCounters()[Counter.FramesReceived] == 2);

        Assert.Equal("1", await Outcome.OfAsync(plain.SendToAsync(Payload(1), closed).AsTask()));
        Assert.Equal("1", await Outcome.OfAsync(client.SendToAsync(Payload(1), other).AsTask()));
        await Until.TrueAsync(() => Outcome.OfAsync(client.SendToAsync(Payload(1), closed).AsTask()).Result
            == "SocketException ConnectionRefused");
    }

    [Fact]
    public async Task Receivers_are_served_in_the_order_of_their_calls()
    {
        await using var pair = await StackPair.StartAsync();
        await using var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        await using var client = await BindAsync(pair.Client, IPAddress.Any);
        var receivers = Enumerable.Range(0, 50).Select(_ => ReceiveAsync(server)).ToArray();

        for (var number = 0; number < 50; number++)
            await client.SendToAsync(new[] { (byte)number }, server.LocalEndPoint).OrFail();

        var received = await Task.WhenAll(receivers).OrFail();
        Assert.Equal(Enumerable.Range(0, 50), received.Select(each => (int)Assert.Single(each.Data)));
    }

    [Fact]
    public async Task Cancelling_a_receive_loses_no_datagram()
    {
        await using var pair = await StackPair.StartAsync();
        await using var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        await using var client = await BindAsync(pair.Client, IPAddress.Any);
        using var source = new CancellationTokenSource();
        var cancelled = server.ReceiveFromAsync(new byte[9], source.Token).AsTask();
        var other = ReceiveAsync(server);

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.OrFail());
        await client.SendToAsync(Payload(4), server.LocalEndPoint).OrFail();

        Assert.Equal(4, (await other).Data.Length);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => server.ReceiveAsync(new byte[9], source.Token).OrFail());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.SendToAsync(Payload(4), server.LocalEndPoint, source.Token).OrFail());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disposing_ends_those_who_wait(bool stackEnds)
    {
        await using var pair = await StackPair.StartAsync();
        var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        var waiting = Enumerable.Range(0, 3).Select(_ => server.ReceiveFromAsync(new byte[9]).AsTask()).ToArray();

        if (stackEnds)
            await pair.Server.DisposeAsync();
        else
            await server.DisposeAsync();

        foreach (var receive in waiting)
            await ErrorAssert.AssertSocketAsync(SocketError.OperationAborted, () => receive.OrFail());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => server.ReceiveAsync(new byte[9]).OrFail());
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => server.SendToAsync(Payload(1), new IPEndPoint(StackPair.ClientIPv4, 1)).OrFail());
        if (!stackEnds)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(
                () => server.ConnectAsync(new IPEndPoint(StackPair.ClientIPv4, 1)).OrFail());
        }

        await server.DisposeAsync();
        if (stackEnds)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => BindAsync(pair.Server, IPAddress.Any, 0));
            Assert.Equal(0, pair.Server.BlocksRented);
        }
    }

    [Fact]
    public async Task Unread_datagrams_of_a_disposed_socket_leave_no_memory()
    {
        await using var pair = await StackPair.StartAsync();
        var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        await using var client = await BindAsync(pair.Client, IPAddress.Any);
        for (var i = 0; i < 100; i++)
            await client.SendToAsync(Payload(1400), server.LocalEndPoint).OrFail();
        await Until.TrueAsync(() => pair.Server.GetCounters()[Counter.UdpInDatagrams] == 100);

        await server.DisposeAsync();

        await pair.NothingLeftAsync();
    }

    /// <summary>More sends at once than the engine has room for: each completes, in order.</summary>
    [Fact]
    public async Task A_burst_arrives_whole_or_is_counted()
    {
        const int Count = 5000;
        await using var pair = await StackPair.StartAsync();
        await using var server = await BindAsync(pair.Server, StackPair.ServerIPv4, 53);
        await using var client = await BindAsync(pair.Client, IPAddress.Any);

        var sends = Enumerable.Range(0, Count)
            .Select(number => client.SendToAsync(BitConverter.GetBytes(number), server.LocalEndPoint).AsTask());
        await Task.WhenAll(sends).OrFail();

        await Until.TrueAsync(() => Sum(pair, Counter.UdpInDatagrams, Counter.UdpRcvbufErrors)
            + pair.Client.GetCounters()[Counter.DroppedByDevice] == Count);
        var kept = pair.Server.GetCounters()[Counter.UdpInDatagrams];
        var last = -1;
        for (var i = 0; i < kept; i++)
        {
            var number = BitConverter.ToInt32((await ReceiveAsync(server)).Data);
            Assert.True(number > last, $"{number} after {last}");
            last = number;
        }

        Assert.InRange(kept, 100, Count);
        Assert.True(pair.Server.GetCounters()[Counter.UdpRcvbufErrors] > 0 || kept == Count
            || pair.Client.GetCounters()[Counter.DroppedByDevice] > 0);
        await pair.NothingLeftAsync();
    }

    [Theory]
    [InlineData("198.18.0.2", 1)]
    [InlineData("127.0.0.1", 4)]
    [InlineData("::1", 1)]
    [InlineData("2001:db8:75::2", 4)]
    public async Task A_host_reaches_itself(string address, int queues)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = queues });
        var stack = pair.Server;
        await using var server = await BindAsync(stack, IPAddress.IPv6Any, 53);
        await using var client = await BindAsync(stack, IPAddress.IPv6Any);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), 53)).OrFail();

        await client.SendAsync(Payload(10)).OrFail();
        var (data, from) = await ReceiveAsync(server);
        await server.SendToAsync(data, from).OrFail();
        Assert.Equal(10, await client.ReceiveAsync(new byte[99]).OrFail());
        await server.DisposeAsync();
        await client.SendAsync(Payload(1)).OrFail();

        await ErrorAssert.AssertSocketAsync(
            SocketError.ConnectionRefused, () => client.ReceiveAsync(new byte[1]).OrFail());
        Assert.Equal(0, pair.Client.GetCounters()[Counter.FramesReceived]);
    }

    private static long Sum(StackPair pair, params Counter[] counters)
    {
        var all = pair.Server.GetCounters();
        return counters.Sum(counter => all[counter]);
    }

    private static byte[] Payload(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    private static Task<UserTcpUdpSocket> BindAsync(UserTcpStack stack, IPAddress address, int port = 0) =>
        stack.BindUdpAsync(new IPEndPoint(address, port)).OrFail();

    private static async Task<(byte[] Data, IPEndPoint From)> ReceiveAsync(UserTcpUdpSocket socket)
    {
        var buffer = new byte[70_000];
        var result = await socket.ReceiveFromAsync(buffer).OrFail();
        return (buffer[..result.ReceivedBytes], (IPEndPoint)result.RemoteEndPoint);
    }
}
