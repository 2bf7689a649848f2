using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>
/// Several queues of one TUN interface: the kernel picks one for each frame, and the stack is still one host.
/// </summary>
public sealed class QueueTests
{
    private const int Octets = 5_000_000;

    [Theory]
    [InlineData(2, Opener.Kernel, AddressFamily.InterNetwork, true)]
    [InlineData(2, Opener.Kernel, AddressFamily.InterNetworkV6, false)]
    [InlineData(2, Opener.Stack, AddressFamily.InterNetwork, false)]
    [InlineData(2, Opener.Stack, AddressFamily.InterNetworkV6, true)]
    [InlineData(4, Opener.Kernel, AddressFamily.InterNetwork, true)]
    public async Task Megabytes_go_both_ways_over_several_connections_at_once(
        int queues, Opener opener, AddressFamily family, bool offload)
    {
        await using var link = await KernelLink.StartAsync(
            new KernelLinkOptions { Queues = queues, Offload = offload });
        var pairs = new List<(Socket, UserTcpConnection)>();
        for (var i = 0; i < 2 * queues; i++)
            pairs.Add(await link.OpenAsync(opener, family));

        await Task.WhenAll(pairs.Select((pair, index) => ExchangeAsync(pair.Item1, pair.Item2, index))).OrFail();

        await link.NothingLeftAsync();
        link.AssertNothingWentWrong();
    }

    [Theory]
    [InlineData(2, Opener.Kernel, true)]
    [InlineData(2, Opener.Stack, false)]
    [InlineData(4, Opener.Kernel, false)]
    [InlineData(4, Opener.Stack, true)]
    public async Task Flows_that_move_between_queues_lose_nothing(int queues, Opener opener, bool offload)
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Queues = queues,
            Offload = offload,
            Decorate = static device => new Wanderer(device),
            // Reordering is constant here and causes spurious retransmissions.
            Rto = TimeSpan.FromMilliseconds(200),
        });
        var pairs = new List<(Socket, UserTcpConnection)>();
        for (var i = 0; i < 2 * queues; i++)
            pairs.Add(await link.OpenAsync(opener));

        await Task.WhenAll(pairs.Select((pair, index) => ExchangeAsync(pair.Item1, pair.Item2, index))).OrFail();

        await link.NothingLeftAsync();
        Assert.InRange(link.Count(Counter.FramesHandedOver), link.Count(Counter.FramesReceived) / 10, long.MaxValue);
        Assert.Equal(0, link.Count(Counter.DroppedBadChecksum) + link.Count(Counter.DroppedBadTcpHeader)
            + link.Count(Counter.DroppedBadIpHeader));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(4, false)]
    public async Task First_frames_of_connections_arrive_at_any_queue_and_later_ones_at_the_owners(
        int queues, bool stackCloses)
    {
        const int Connections = 400;
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions { Queues = queues });
        await using var listener = await link.ListenAsync();
        var serving = Enumerable.Range(0, 16).Select(_ => ServeAsync(listener, Connections / 16, stackCloses))
            .ToArray();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => AskAsync(link, listener, Connections / 16, stackCloses)))
            .OrFail();

        await Task.WhenAll(serving).OrFail();
        await link.NothingLeftAsync();
        Assert.Equal(Connections, link.Count(Counter.PassiveOpens));
        // The kernel picks a random queue for a SYN. It learns the queue of a flow from our SYN,ACK, but only after it
        // has answered that, so two frames of each connection may arrive at another queue. (A late one may find its
        // connection gone and draw a RST.)
        var strays = 2 * Connections * (queues - 1) / queues;
        Assert.InRange(link.Count(Counter.FramesHandedOver), strays / 2, strays * 3 / 2);
        Assert.True(link.Count(Counter.FramesReceived) > 4 * Connections);
        link.AssertNothingWentWrong();
    }

    [Fact]
    public async Task Echo_and_port_unreachable_are_answered_at_any_queue()
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions { Queues = 4 });

        await link.Network.RunAsync("ping", "-c", "5", "-i", "0.01", "-W", "5", "-q", $"{KernelLink.StackIPv4}");
        await link.Network.RunAsync("ping", "-c", "5", "-i", "0.01", "-W", "5", "-q", $"{KernelLink.StackIPv6}");

        Assert.Equal(10, link.Count(Counter.EchoReplies));
        Assert.Equal(0, link.Count(Counter.FramesHandedOver));
        for (var port = 1; port <= 20; port++)
            Assert.Equal(SocketError.ConnectionRefused, AskByUdp(link, port));
        Assert.Equal(20, link.Count(Counter.UdpNoPorts));
    }

    [Fact]
    public async Task A_RST_reaches_its_active_open()
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions { Queues = 4 });

        for (var i = 0; i < 20; i++)
        {
            await Payload.AssertSocketAsync(
                SocketError.ConnectionRefused,
                () => link.Stack.ConnectAsync(new IPEndPoint(KernelLink.KernelIPv4, 9)).OrFail());
        }

        await link.NothingLeftAsync();
    }

    private static SocketError AskByUdp(KernelLink link, int port) => link.Network.Inside(() =>
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = 20_000,
        };
        socket.Connect(KernelLink.StackIPv4, port);
        socket.Send("anybody?"u8);
        return Assert.Throws<SocketException>(() => socket.Receive(new byte[1])).SocketErrorCode;
    });

    private static async Task ExchangeAsync(Socket kernel, UserTcpConnection connection, int index)
    {
        var (up, down) = (Payload.Random(Octets, 2 * index), Payload.Random(Octets, (2 * index) + 1));
        using var stream = kernel.AsStream();
        await using (connection)
        {
            var receivedHere = connection.GetStream().HashToEndAsync();
            var receivedThere = stream.HashToEndAsync();
            await Task.WhenAll(kernel.SendAllAsync(up), connection.SendAllAsync(down)).OrFail();
            Assert.Equal(Payload.Hash(up), await receivedHere);
            Assert.Equal(Payload.Hash(down), await receivedThere);
        }
    }

    private static async Task ServeAsync(UserTcpListener listener, int count, bool stackCloses)
    {
        var buffer = new byte[16];
        for (var i = 0; i < count; i++)
        {
            await using var connection = await listener.AcceptConnectionAsync().OrFail();
            var octets = await connection.GetStream().ReadAsync(buffer);
            await connection.GetStream().WriteAsync(buffer.AsMemory(0, octets));
            if (!stackCloses)
                Assert.Equal(0, await connection.GetStream().ReadAsync(buffer));
        }
    }

    private static async Task AskAsync(KernelLink link, UserTcpListener listener, int count, bool stackCloses)
    {
        var buffer = new byte[16];
        foreach (var socket in link.Network.NewSockets(AddressFamily.InterNetwork, count))
        {
            using (socket)
            {
                await socket.ConnectAsync(listener.LocalEndPoint);
                await socket.SendAsync("hello"u8.ToArray());
                Assert.Equal(5, await socket.ReceiveAsync(buffer));
                if (stackCloses)
                    Assert.Equal(0, await socket.ReceiveAsync(buffer));
            }
        }
    }
}
