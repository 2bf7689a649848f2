using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// A stack ends in order: written data arrives, then FIN; connections left at the deadline get a RST.
/// </summary>
public sealed class StopTests
{
    private static readonly TimeSpan _ample = TimeSpan.FromMinutes(1);

    /// <summary>A peer counts as silent after an RTO: with this one no peer does while a test runs.</summary>
    private static readonly PairOptions _longRto = new() { MinRto = TimeSpan.FromSeconds(100) };

    /// <summary>Longer than a test may take: a disposal that waited for it would fail.</summary>
    private static readonly TimeSpan _tooLong = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_stack_without_connections_ends_at_once()
    {
        DecoratedDevice? device = null;
        await using var pair = await StackPair.StartAsync(
            new PairOptions { ServerDevice = inner => device = new DecoratedDevice(inner) });
        await using var listener = await pair.ListenAsync();
        Assert.False(pair.Server.Completion.IsCompleted);

        await pair.Server.StopAsync(_ample).OrFail();

        Assert.True(pair.Server.Completion.IsCompletedSuccessfully);
        Assert.True(device!.IsDisposed);
    }

    [Fact]
    public async Task Flushed_data_arrives_and_then_FIN()
    {
        await using var pair = await StackPair.StartAsync(_longRto);
        var (client, server) = await pair.ConnectAsync();
        var data = Payload.Random(900_000, seed: 1);
        await server.GetStream().WriteAsync(data).OrFail();

        var stopping = pair.Server.StopAsync(_ample);

        Assert.Equal(Payload.Hash(data), await client.GetStream().HashToEndAsync());
        Assert.False(stopping.IsCompleted);
        await client.DisposeAsync();
        await stopping.OrFail();
        Assert.Equal(0, pair.Server.GetCounters()[Counter.ResetsSent]);
    }

    [Fact]
    public async Task A_draining_connection_still_reads_and_does_not_write()
    {
        await using var pair = await StackPair.StartAsync(_longRto);
        var (client, server) = await pair.ConnectAsync();
        var stopping = pair.Server.StopAsync(_ample);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).OrFail());

        await ErrorAssert.AssertIOAsync(
            SocketError.Shutdown, () => server.GetStream().WriteAsync(new byte[1]).OrFail());
        await client.GetStream().WriteAsync("last"u8.ToArray());
        client.CompleteWrites();

        Assert.Equal("last"u8.ToArray(), await server.GetStream().ReadToEndAsync());
        await stopping.OrFail();
    }

    [Fact]
    public async Task Connections_left_at_the_deadline_are_reset()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        var (_, waiting) = await pair.ConnectAsync();
        var read = waiting.GetStream().ReadAsync(new byte[1]).AsTask();

        await pair.Server.StopAsync(TimeSpan.FromMilliseconds(50)).OrFail();

        await ErrorAssert.AssertIOAsync(SocketError.ConnectionAborted, () => read.OrFail());
        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionAborted, () => server.GetStream().ReadAsync(new byte[1]).OrFail());
        await Until.TrueAsync(() => client.ConnectionClosed.IsCancellationRequested, "the peer got the reset");
        Assert.Equal(2, pair.Server.GetCounters()[Counter.ResetsSent]);
        Assert.Equal(TcpState.Closed, server.GetInfo().State);
        await server.DisposeAsync();
        await pair.Server.BlocksGoneAsync();
    }

    [Fact]
    public async Task Each_of_many_peers_gets_a_RST_orphans_included()
    {
        // More RSTs than one turn sends, and more than the limit for segments without a connection.
        const int Connections = 400;
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();
        var clients = new List<UserTcpConnection>();
        for (var i = 0; i < Connections; i++)
        {
            var (client, server) = await pair.ConnectAsync(listener);
            clients.Add(client);
            // Every second application closes and its peer does not: the connection is an orphan in FIN-WAIT-2.
            if (i % 2 == 0)
                await server.DisposeAsync();
        }

        await pair.Server.StopAsync(TimeSpan.FromMilliseconds(1)).OrFail();

        await Until.TrueAsync(
            () => clients.TrueForAll(client => client.ConnectionClosed.IsCancellationRequested),
            "all peers got a reset");
        Assert.Equal(Connections, pair.Server.GetCounters()[Counter.ResetsSent]);
        Assert.Equal(0, pair.Server.GetCounters()[Counter.DroppedReply]);
    }

    [Fact]
    public async Task A_later_stop_may_have_an_earlier_deadline()
    {
        await using var pair = await StackPair.StartAsync(_longRto);
        await pair.ConnectAsync();
        var firstStop = pair.Server.StopAsync(_ample);
        Assert.False(firstStop.IsCompleted);

        await pair.Server.StopAsync(TimeSpan.Zero).OrFail();

        await firstStop.OrFail();
    }

    [Fact]
    public async Task A_stop_waits_for_no_peer_that_is_silent_for_an_RTO()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        await client.GetStream().WriteAsync("hello"u8.ToArray()).OrFail();
        await server.GetStream().ReadExactlyAsync(new byte[5]).OrFail();

        await pair.Server.StopAsync(_tooLong).OrFail();

        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).OrFail());
        Assert.Equal(1, pair.Server.GetCounters()[Counter.ResetsSent]);
    }

    [Fact]
    public async Task A_disposal_waits_for_no_idle_connection()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { ShutdownTimeout = _tooLong });
        var (client, server) = await pair.ConnectAsync();
        var (closed, _) = await pair.ConnectAsync();
        var read = server.GetStream().ReadAsync(new byte[1]);
        await closed.DisposeAsync();

        await pair.Client.DisposeAsync().OrFail();
        // The peer gets the FIN first, and then the RST.
        Assert.Equal(0, await read.OrFail());
        await pair.Server.DisposeAsync().OrFail();

        Assert.Equal(0, client.GetInfo().SendQueue);
        Assert.Equal(TcpState.Closed, server.GetInfo().State);
    }

    [Fact]
    public async Task A_disposal_waits_for_no_idle_connection_to_a_peer_that_is_gone()
    {
        DecoratedDevice? device = null;
        await using var pair = await StackPair.StartAsync(new PairOptions
        {
            ShutdownTimeout = _tooLong,
            ClientDevice = inner => device = new DecoratedDevice(inner),
        });
        await pair.ConnectAsync();
        device!.Loses = _ => true;

        await pair.Client.DisposeAsync().OrFail();

        Assert.Equal(1, pair.Client.GetCounters()[Counter.ResetsSent]);
        device.Loses = _ => false;
    }

    [Fact]
    public async Task A_disposal_waits_until_the_peer_has_the_data()
    {
        DecoratedDevice? device = null;
        await using var pair = await StackPair.StartAsync(new PairOptions
        {
            ShutdownTimeout = _tooLong,
            ServerDevice = inner => device = new DecoratedDevice(inner),
        });
        var (client, server) = await pair.ConnectAsync();
        var data = Payload.Random(10_000, seed: 1);
        device!.Loses = _ => true;
        await server.GetStream().WriteAsync(data).OrFail();

        var disposal = pair.Server.DisposeAsync().AsTask();
        await Until.TrueAsync(() => pair.Server.GetCounters()[Counter.SegmentsRetransmitted] > 0, "a retransmission");
        Assert.False(disposal.IsCompleted);
        device.Loses = _ => false;

        Assert.Equal(Payload.Hash(data), await client.GetStream().HashToEndAsync());
        await disposal.OrFail();
    }

    [Fact]
    public async Task A_disposal_retransmits_the_FIN_of_the_application()
    {
        DecoratedDevice? device = null;
        await using var pair = await StackPair.StartAsync(new PairOptions
        {
            ShutdownTimeout = _tooLong,
            ClientDevice = inner => device = new DecoratedDevice(inner),
        });
        var (client, server) = await pair.ConnectAsync();
        var fin = device!.FramesWritten + 1;
        device.Loses = number => number <= fin;
        client.CompleteWrites();

        await pair.Client.DisposeAsync().OrFail();

        Assert.Equal(0, await server.GetStream().ReadAsync(new byte[1]).OrFail());
        Assert.NotEqual(0, pair.Client.GetCounters()[Counter.SegmentsRetransmitted]);
    }

    [Fact]
    public async Task Pending_calls_end_and_new_ones_are_refused()
    {
        await using var pair = await StackPair.StartAsync();
        var (_, server) = await pair.ConnectAsync();
        await using var listener = await pair.ListenAsync();
        var accept = listener.AcceptConnectionAsync().AsTask();
        var connect = pair.Server.ConnectAsync(new IPEndPoint(IPAddress.Parse("198.18.0.77"), 80)).AsTask();
        var flush = server.GetStream().WriteAsync(new byte[8 << 20]).AsTask();

        var stopping = pair.Server.StopAsync(_ample);

        await ErrorAssert.AssertSocketAsync(SocketError.OperationAborted, () => accept.OrFail());
        await ErrorAssert.AssertSocketAsync(SocketError.ConnectionAborted, () => connect.OrFail());
        await ErrorAssert.AssertIOAsync(SocketError.Shutdown, () => flush.OrFail());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.ListenAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => pair.Server.ConnectAsync(new IPEndPoint(StackPair.ClientIPv4, 80)).OrFail());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.AcceptConnectionAsync().OrFail());
        Assert.False(stopping.IsCompleted);
    }

    [Fact]
    public async Task Calls_on_an_ended_stack_throw_ObjectDisposedException()
    {
        await using var pair = await StackPair.StartAsync();
        var (_, server) = await pair.ConnectAsync();
        var listener = await pair.ListenAsync();
        await pair.Server.StopAsync(TimeSpan.Zero).OrFail();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.ListenAsync());
        Assert.Empty(pair.Server.GetConnections());
        Assert.NotEqual(0, pair.Server.GetCounters()[Counter.SegmentsReceived]);
        await server.DisposeAsync();
        await listener.DisposeAsync();
        await pair.Server.DisposeAsync();
        await pair.Server.StopAsync(_ample).OrFail();
    }

    [Fact]
    public async Task A_negative_drain_is_refused()
    {
        await using var pair = await StackPair.StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pair.Server.StopAsync(TimeSpan.FromTicks(-1)));
    }

    [Fact]
    public async Task A_stack_may_be_stopped_from_its_own_thread()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { InlineContinuations = true });
        var (client, server) = await pair.ConnectAsync();
        var handler = Task.Run(async () =>
        {
            await server.GetStream().ReadAsync(new byte[1]).ConfigureAwait(false);
            Assert.NotEmpty(pair.Server.GetConnections());
            await pair.Server.StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        });
        await Until.TrueAsync(() => server.Pump.Reader.IsWaiting, "the handler waits");

        // The RST in reply to this byte may arrive before the write returns.
        await Record.ExceptionAsync(() => client.GetStream().WriteAsync(new byte[1]).OrFail());

        await handler.OrFail();
    }
}
