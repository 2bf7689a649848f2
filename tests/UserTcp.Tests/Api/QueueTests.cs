using System.Net;
using System.Net.Sockets;
using UserTcp.Connections;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// A stack with several queues is one host, whichever queue a frame arrives at. Here each frame arrives at a random
/// queue.
/// </summary>
public sealed class QueueTests
{
    private const int Length = 5 << 20;

    private static readonly byte[] _forth = Payload.Random(Length, seed: 1);
    private static readonly byte[] _back = Payload.Random(Length, seed: 2);

    [Theory]
    [InlineData(2, false, 1500)]
    [InlineData(2, true, 1500)]
    [InlineData(4, false, 1500)]
    [InlineData(4, true, 1500)]
    [InlineData(3, false, 60_000)]
    public async Task Data_flows_both_ways_whichever_queue_a_frame_arrives_at(
        int queues, bool inlineContinuations, int mtu)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions
        {
            Queues = queues,
            InlineContinuations = inlineContinuations,
            Link = new LinkProperties(mtu, ChecksumOffload: true),
        });
        var (client, server) = await pair.ConnectAsync();

        var received = Task.WhenAll(server.GetStream().HashToEndAsync(), client.GetStream().HashToEndAsync());
        await Task.WhenAll(SendAsync(client, _forth), SendAsync(server, _back)).OrFail();

        Assert.Equal([Payload.Hash(_forth), Payload.Hash(_back)], await received);
        await client.DisposeAsync();
        await server.DisposeAsync();
        await pair.NothingLeftAsync();
        Assert.NotEqual(0, pair.Client.GetCounters()[Counter.FramesHandedOver]);
        Assert.NotEqual(0, pair.Server.GetCounters()[Counter.FramesHandedOver]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Many_connections_are_spread_over_all_queues_and_each_is_served(int queues)
    {
        const int Connections = 200;
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = queues });
        await using var listener = await pair.ListenAsync();
        var serving = ServeEchoAsync(listener, Connections);

        var loops = await Task.WhenAll(
            Enumerable.Range(0, Connections).Select(index => EchoAsync(pair, listener, index)))
            .OrFail();

        var served = await serving.OrFail();
        // Opens are assigned round robin. A hash assigns accepted connections: within four standard deviations of a
        // fair draw.
        Assert.All(Counts(loops, queues), count => Assert.Equal(Connections / queues, count));
        var fair = Connections / queues;
        Assert.All(
            Counts(served, queues),
            count => Assert.InRange(count, fair - (4 * Math.Sqrt(fair)), fair + (4 * Math.Sqrt(fair))));
        await pair.NothingLeftAsync();
        Assert.Equal(Connections, pair.Server.GetCounters()[Counter.PassiveOpens]);
        Assert.Equal(Connections, pair.Client.GetCounters()[Counter.ActiveOpens]);
    }

    [Fact]
    public async Task A_connection_that_waits_on_one_queue_is_accepted_before_many_later_ones_of_another()
    {
        const int Backlog = 64;
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = 2 });
        await using var listener = await pair.Server.ListenAsync(
            new UserTcpListenerOptions
            {
                ListenEndPoint = new IPEndPoint(StackPair.ServerIPv4, 0),
                ListenBacklog = Backlog,
            })
            .OrFail();
        var clients = new List<UserTcpConnection>();
        for (var i = 0; i < Backlog / 2; i++)
            clients.Add(await pair.Client.ConnectAsync(listener.LocalEndPoint).OrFail());

        var accepted = new List<ConnectionHome>();
        for (var i = 0; i < clients.Count; i++)
            accepted.Add(LoopOf(await listener.AcceptConnectionAsync().OrFail()));

        // Each queue has fetched its part ahead, so neither waits for the other to become empty.
        Assert.Equal(2, accepted.Take(Backlog / 4).Distinct().Count());
    }

    [Fact]
    public async Task A_fixed_local_port_is_opened_by_the_loop_that_owns_the_connection()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = 4 });
        await using var listener = await pair.ListenAsync();
        var loops = new HashSet<ConnectionHome>();

        for (var port = 5000; port < 5040; port++)
        {
            var accept = listener.AcceptConnectionAsync().OrFail();
            var client = await OpenFromAsync(pair, listener, port).OrFail();
            await using var server = await accept;
            Assert.Equal(port, client.LocalEndPoint.Port);
            Assert.Equal(port, server.RemoteEndPoint.Port);
            loops.Add(LoopOf(client));
            await ErrorAssert.AssertSocketAsync(
                SocketError.AddressAlreadyInUse, () => OpenFromAsync(pair, listener, port).OrFail());
            await client.DisposeAsync();
        }

        Assert.Equal(4, loops.Count);
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task A_listener_appears_once_in_the_table_and_frees_its_port_when_closed()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = 4 });
        for (var round = 0; round < 20; round++)
        {
            await using var listener = await pair.ListenAsync(8080);
            var row = Assert.Single(pair.Server.GetConnections());
            Assert.Equal((TcpState.Listen, 8080, 512L), (row.State, (int)row.Tuple.LocalPort.Value, row.SendQueue));
            await ErrorAssert.AssertSocketAsync(SocketError.AddressAlreadyInUse, () => pair.ListenAsync(8080));
        }

        await using var any = await pair.ListenAsync();
        Assert.Equal(any.LocalEndPoint.Port, Assert.Single(pair.Server.GetConnections()).Tuple.LocalPort.Value);
        for (var i = 0; i < 16; i++)
            await pair.ConnectAsync(any);
    }

    [Fact]
    public async Task An_open_moves_from_a_full_engine_to_the_next_up_to_the_limit_of_all()
    {
        // An open without a fixed port moves on from a full engine to the next one.
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = 4, MaxConnections = 8 });
        var unused = new IPEndPoint(IPAddress.Parse("198.18.0.77"), 80);
        var opens = Enumerable.Range(0, 9).Select(_ => pair.Client.ConnectAsync(unused).AsTask()).ToArray();

        var refused = await Task.WhenAny(opens).OrFail();

        await ErrorAssert.AssertSocketAsync(SocketError.NoBufferSpaceAvailable, () => refused.OrFail());
        Assert.Equal(8, pair.Client.GetConnections().Count);
        Assert.Equal(8, opens.Count(open => !open.IsCompleted));
    }

    [Fact]
    public async Task Stopping_waits_for_the_connections_of_every_queue()
    {
        // With a long RTO no peer counts as silent.
        await using var pair = await StackPair.StartAsync(
            new PairOptions { Queues = 4, MinRto = TimeSpan.FromSeconds(100) });
        await using var listener = await pair.ListenAsync();
        var connections = new List<(UserTcpConnection Client, UserTcpConnection Server)>();
        for (var i = 0; i < 12; i++)
            connections.Add(await pair.ConnectAsync(listener));
        foreach (var (_, server) in connections)
            await server.GetStream().WriteAsync(_forth.AsMemory(0, 200_000)).OrFail();

        var stopping = pair.Server.StopAsync(TimeSpan.FromMinutes(1));

        foreach (var (client, _) in connections)
        {
            Assert.False(stopping.IsCompleted);
            Assert.Equal(Payload.Hash(_forth[..200_000]), await client.GetStream().HashToEndAsync());
            await client.DisposeAsync();
        }

        await stopping.OrFail();
        Assert.Equal(0, pair.Server.GetCounters()[Counter.ResetsSent]);
        Assert.Equal(12, pair.Server.GetCounters()[Counter.PassiveOpens]);
        foreach (var (_, server) in connections)
            await server.DisposeAsync();
        await pair.Server.BlocksGoneAsync();
    }

    [Fact]
    public async Task Every_peer_gets_a_RST_when_a_stack_stops_at_once()
    {
        // Frames arrive in order at the client: a RST before its FIN would be challenged.
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = 4, ClientQueues = 1 });
        await using var listener = await pair.ListenAsync();
        var clients = new List<UserTcpConnection>();
        for (var i = 0; i < 40; i++)
            clients.Add((await pair.ConnectAsync(listener)).Client);

        await pair.Server.StopAsync(TimeSpan.Zero).OrFail();

        await Until.TrueAsync(
            () => clients.TrueForAll(client => client.ConnectionClosed.IsCancellationRequested),
            "all peers got a reset");
        Assert.Equal(40, pair.Server.GetCounters()[Counter.ResetsSent]);
        Assert.True(pair.Server.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_fault_at_one_queue_ends_the_whole_stack()
    {
        var lost = new IOException("The cable is out.");
        DecoratedDevice device = null!;
        await using var pair = await StackPair.StartAsync(
            new PairOptions { Queues = 4, ServerDevice = inner => device = new DecoratedDevice(inner) });
        await using var listener = await pair.ListenAsync();
        var connections = new List<UserTcpConnection>();
        for (var i = 0; i < 30; i++)
            connections.Add((await pair.ConnectAsync(listener)).Server);
        var accept = listener.AcceptConnectionAsync().AsTask();
        var reads = connections.ConvertAll(connection => connection.GetStream().ReadAsync(new byte[1]).AsTask());
        Assert.Equal(4, connections.Select(LoopOf).Distinct().Count());

        device.FailRead = lost;
        device.Wake();

        Assert.Same(lost, await Assert.ThrowsAsync<IOException>(() => pair.Server.Completion.OrFail()));
        foreach (var task in (Task[])[accept, .. reads])
            Assert.Same(lost, (await Assert.ThrowsAsync<IOException>(() => task.OrFail())).InnerException);
        Assert.True(device.IsDisposed);
        Assert.Empty(pair.Server.GetConnections());
        foreach (var connection in connections)
            await connection.DisposeAsync();
        await pair.Server.BlocksGoneAsync();
    }

    [Fact]
    public async Task Each_segment_is_observed_once_and_one_at_a_time()
    {
        var observer = new Watcher();
        await using (var pair = await StackPair.StartAsync(new PairOptions { Queues = 4, ServerObserver = observer }))
        {
            await using var listener = await pair.ListenAsync();
            var serving = ServeEchoAsync(listener, 20);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(index => EchoAsync(pair, listener, index))).OrFail();
            await serving.OrFail();
            await pair.NothingLeftAsync();
            await pair.Server.StopAsync(TimeSpan.Zero).OrFail();
            var counters = pair.Server.GetCounters();
            Assert.Equal(counters[Counter.SegmentsReceived], observer.Received);
            Assert.Equal(counters[Counter.SegmentsSent] + counters[Counter.SegmentsRetransmitted], observer.Sent);
        }

        Assert.False(observer.HasOverlapped);
    }

    [Fact]
    public async Task Loops_may_call_each_other_at_the_same_time()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = 4, InlineContinuations = true });
        await using var listener = await pair.ListenAsync();
        var serving = Enumerable.Range(0, 16).Select(_ => AskAsync(pair, listener)).ToArray();

        var clients = new List<UserTcpConnection>();
        for (var i = 0; i < 16; i++)
            clients.Add(await pair.Client.ConnectAsync(listener.LocalEndPoint).OrFail());
        await Task.WhenAll(clients.Select(client => client.GetStream().WriteAsync(new byte[100]).AsTask())).OrFail();

        // Every reply has all sixteen connections, and the listener.
        Assert.All(await Task.WhenAll(serving).OrFail(), Assert.True);

        static async Task<bool> AskAsync(StackPair pair, UserTcpListener listener)
        {
            var connection = await listener.AcceptConnectionAsync();
            var bytes = new byte[1];
            var isRight = true;
            for (var i = 0; i < 100; i++)
            {
                await connection.GetStream().ReadExactlyAsync(bytes);
                isRight &= pair.Server.GetConnections().Count == 17
                    && pair.Server.GetCounters()[Counter.PassiveOpens] == 16;
            }

            return isRight;
        }
    }

    [Fact]
    public async Task A_blocking_read_is_refused_on_the_thread_of_any_queue()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = 4 });
        var (_, server) = await pair.ConnectAsync();

        pair.Server.Loops.Loops[0].Call(
            _ => Assert.Throws<InvalidOperationException>(() => server.GetStream().ReadByte()),
            () => throw new InvalidOperationException());
    }

    /// <summary>An object for each loop.</summary>
    private static ConnectionHome LoopOf(UserTcpConnection connection) => connection.Pump.Home;

    /// <summary>Connections of each queue.</summary>
    private static IEnumerable<int> Counts(ConnectionHome[] loops, int queues)
    {
        int[] counts = [.. loops.GroupBy(loop => loop).Select(group => group.Count())];
        return [.. counts, .. Enumerable.Repeat(0, queues - counts.Length)];
    }

    private static ValueTask<UserTcpConnection> OpenFromAsync(StackPair pair, UserTcpListener listener, int port) =>
        pair.Client.ConnectAsync(new UserTcpConnectionOptions
        {
            RemoteEndPoint = listener.LocalEndPoint,
            LocalEndPoint = new IPEndPoint(IPAddress.Any, port),
        });

    private static async Task SendAsync(UserTcpConnection connection, byte[] data)
    {
        for (var offset = 0; offset < data.Length; offset += 50_000)
            await connection.GetStream().WriteAsync(data.AsMemory(offset, Math.Min(50_000, data.Length - offset)));
        connection.CompleteWrites();
    }

    private static async Task<ConnectionHome[]> ServeEchoAsync(UserTcpListener listener, int connections)
    {
        var handlers = new List<Task>();
        var loops = new ConnectionHome[connections];
        for (var index = 0; index < connections; index++)
        {
            var connection = await listener.AcceptConnectionAsync();
            loops[index] = LoopOf(connection);
            handlers.Add(EchoBackAsync(connection));
        }

        await Task.WhenAll(handlers);
        return loops;
    }

    private static async Task EchoBackAsync(UserTcpConnection connection)
    {
        await using (connection)
        {
            await connection.GetStream().CopyToAsync(connection.GetStream());
            connection.CompleteWrites();
        }
    }

    /// <summary>Sends and receives data; returns the loop of the connection.</summary>
    private static async Task<ConnectionHome> EchoAsync(StackPair pair, UserTcpListener listener, int index)
    {
        var data = Payload.Random(10_000 + index, index);
        await using var connection = await pair.Client.ConnectAsync(listener.LocalEndPoint);
        var echo = connection.GetStream().ReadToEndAsync();
        await connection.GetStream().WriteAsync(data);
        connection.CompleteWrites();
        Assert.Equal(data, await echo);
        return LoopOf(connection);
    }

    /// <summary>Counts segments, and records calls that overlap.</summary>
    private sealed class Watcher : IEngineObserver
    {
        private int _isInside;

        public long Received { get; private set; }

        public long Sent { get; private set; }

        public bool HasOverlapped { get; private set; }

        public void OnEvent(in TraceEvent traceEvent)
        {
            if (traceEvent.Kind != TraceEventKind.Segment)
                return;
            var observation = traceEvent.Segment;
            HasOverlapped |= Interlocked.Exchange(ref _isInside, 1) != 0;
            if (observation.Sent)
                Sent++;
            else
                Received++;
            Volatile.Write(ref _isInside, 0);
        }
    }
}
