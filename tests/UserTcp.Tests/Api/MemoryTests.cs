using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// Memory stays within the limit whatever peers and applications do, and other connections are served.
/// </summary>
public sealed class MemoryTests
{
    private const long Limit = 4 << 20;
    private const long Reserve = Limit / 8;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Clients_that_do_not_read_responses_stay_within_the_memory_limit_and_a_new_one_is_served(
        int queues)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { ServerMaxMemory = Limit, Queues = queues });
        await using var listener = await pair.ListenAsync();
        var serving = ServeAsync(listener, 1 << 20);
        var silent = new List<UserTcpConnection>();
        // Each holds a block even when memory is short, and all together more than three quarters of the limit: memory
        // stays short.
        for (var i = 0; i < 220; i++)
            silent.Add(await AskAsync(pair, listener.LocalEndPoint, receiveBuffer: 1024));

        await Until.TrueAsync(() => pair.Server.GetMemoryUsage().State != MemoryState.Comfortable, "memory is short");
        for (var i = 0; i < 20; i++)
        {
            Assert.InRange(pair.Server.GetMemoryUsage().Held, 0, Limit + Reserve);
            var client = await AskAsync(pair, listener.LocalEndPoint, receiveBuffer: null);
            Assert.Equal(4096, (await client.GetStream().ReadExactlyAsync(4096)).Length);
            client.Abort();
            await client.DisposeAsync();
        }

        Assert.Equal(Limit, pair.Server.GetMemoryUsage().Limit);
        foreach (var connection in silent)
        {
            connection.Abort();
            await connection.DisposeAsync();
        }

        await listener.DisposeAsync();
        await serving.OrFail();
        await Until.TrueAsync(() => pair.Server.BlocksRented + pair.Client.BlocksRented == 0, "every block is back");
    }

    [Fact]
    public async Task At_the_limit_connections_without_progress_are_reset_with_NoBufferSpaceAvailable()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { ServerMaxMemory = Limit });
        await using var listener = await pair.ListenAsync();
        var writes = new List<Task<SocketError?>>();
        for (var i = 0; i < 400; i++)
        {
            var accept = listener.AcceptConnectionAsync().OrFail();
            await AskAsync(pair, listener.LocalEndPoint, receiveBuffer: 1024);
            writes.Add(WriteForeverAsync(await accept));
        }

        // 400 connections with a block each exceed the limit: some must be reset.
        await Until.TrueAsync(() => pair.Server.GetCounters()[Counter.MemoryResets] > 0, "connections are reset");
        var first = await (await Task.WhenAny(writes).OrFail());
        Assert.Equal(SocketError.NoBufferSpaceAvailable, first);
        Assert.InRange(pair.Server.GetMemoryUsage().Held, 0, Limit + Reserve);
    }

    [Fact]
    public async Task A_writer_that_waited_under_pressure_goes_on_when_its_peer_reads()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { ServerMaxMemory = Limit });
        var (client, server) = await pair.ConnectAsync();
        var hoard = Rent(pair.Server, (int)(Limit * 7 / 8 / BlockPool.StandardSize));
        var data = Payload.Random(3 << 20, seed: 1);

        await Until.TrueAsync(() => Turn(pair.Server).State == MemoryState.Pressure, "memory is short");
        var writing = Task.Run(async () =>
        {
            await server.GetStream().WriteAsync(data);
            server.CompleteWrites();
        });
        Assert.Equal(Payload.Hash(data), await client.GetStream().HashToEndAsync());
        await writing.OrFail();
        hoard.ForEach(block => block.Release());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_writer_waits_while_there_is_no_block(bool isBlocking)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { ServerMaxMemory = Limit });
        var (client, server) = await pair.ConnectAsync();
        var hoard = Rent(pair.Server, int.MaxValue);
        Assert.InRange(pair.Server.GetMemoryUsage().Held, Limit, Limit + Reserve);
        Assert.Throws<IOException>(() => Assert.IsType<SocketException>(Wait(server, 20).InnerException));

        var writing = isBlocking
            ? Task.Run(() => server.GetStream().Write(new byte[100]))
            : server.GetStream().WriteAsync(new byte[100]).AsTask();
        Assert.False(writing.IsCompleted);
        hoard.ForEach(block => block.Release());
        await writing.OrFail();
        Assert.Equal(100, (await client.GetStream().ReadExactlyAsync(100)).Length);

        static IOException Wait(UserTcpConnection connection, int milliseconds)
        {
            var stream = connection.GetStream();
            stream.WriteTimeout = milliseconds;
            try
            {
                stream.Write(new byte[100]);
                throw new InvalidOperationException("It was written without memory.");
            }
            finally
            {
                stream.WriteTimeout = Timeout.Infinite;
            }
        }
    }

    [Fact]
    public async Task A_write_that_cannot_wait_for_a_block_resets_its_connection_alone()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { ServerMaxMemory = Limit });
        var (client, server) = await pair.ConnectAsync();
        var (_, other) = await pair.ConnectAsync();
        var hoard = Rent(pair.Server, int.MaxValue);

        var error = Assert.Throws<IOException>(() => server.Transport.Output.GetMemory(1));
        Assert.Equal(
            SocketError.NoBufferSpaceAvailable, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionReset, async () => await client.GetStream().ReadExactlyAsync(1));
        Assert.Equal(1, pair.Server.GetCounters()[Counter.MemoryResets]);
        hoard.ForEach(block => block.Release());
        await other.GetStream().WriteAsync(new byte[1]).OrFail();
        Assert.False(pair.Server.Completion.IsCompleted);
    }

    [Fact]
    public async Task Data_that_arrives_while_there_is_no_block_is_retransmitted()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { ServerMaxMemory = Limit });
        var (client, server) = await pair.ConnectAsync();
        var hoard = Rent(pair.Server, int.MaxValue);
        await client.GetStream().WriteAsync("hello"u8.ToArray()).OrFail();
        await Until.TrueAsync(() => pair.Server.GetCounters()[Counter.DroppedMemory] > 0, "the data was dropped");

        hoard.ForEach(block => block.Release());
        Assert.Equal("hello"u8.ToArray(), await server.GetStream().ReadExactlyAsync(5));
        await Until.TrueAsync(() => pair.Server.BlocksRented == 0, "every block is back");
    }

    [Fact]
    public async Task A_watcher_beyond_the_limit_is_refused_until_another_one_ends()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { MaxWatchers = 1 });
        await using (var one = pair.Server.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator())
        {
            var next = one.MoveNextAsync().OrFail();
            await using var other = pair.Server.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
            var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await other.MoveNextAsync());
            Assert.Contains(nameof(UserTcpStackOptions.MaxWatchers), error.Message, StringComparison.Ordinal);
            await pair.ConnectAsync();
            await next;
        }

        await using var another = pair.Server.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var seen = another.MoveNextAsync().OrFail();
        await pair.ConnectAsync();
        Assert.True(await seen);
    }

    private static async Task<UserTcpConnection> AskAsync(StackPair pair, IPEndPoint server, int? receiveBuffer)
    {
        var client = await pair.Client.ConnectAsync(
            new UserTcpConnectionOptions { RemoteEndPoint = server, ReceiveBufferSize = receiveBuffer })
            .OrFail();
        await client.GetStream().WriteAsync(new byte[10]).OrFail();
        return client;
    }

    /// <summary>
    /// Reads a request from each connection and writes a response of the given length, until the listener closes.
    /// </summary>
    private static async Task ServeAsync(UserTcpListener listener, int length)
    {
        var all = new List<Task>();
        try
        {
            while (true)
                all.Add(RespondAsync(await listener.AcceptConnectionAsync(), length));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(all);
        }
    }

    private static async Task RespondAsync(UserTcpConnection connection, int length)
    {
        await using (connection)
        {
            try
            {
                await connection.GetStream().ReadExactlyAsync(new byte[10]);
                await connection.GetStream().WriteAsync(new byte[length]);
            }
            catch (IOException)
            {
                // The client has closed, or the stack has reset the connection for its memory.
            }
        }
    }

    private static async Task<SocketError?> WriteForeverAsync(UserTcpConnection connection)
    {
        try
        {
            while (true)
                await connection.GetStream().WriteAsync(new byte[BlockPool.StandardSize]);
        }
        catch (IOException exception)
        {
            return (exception.InnerException as SocketException)?.SocketErrorCode;
        }
    }

    /// <summary>Rents blocks like a connection, as many as there are, up to <paramref name="count"/>.</summary>
    private static List<Block> Rent(UserTcpStack stack, int count)
    {
        var blocks = new List<Block>();
        while (blocks.Count < count && stack.Loops.Homes[0].Pool.TryRent() is { } block)
            blocks.Add(block);
        return blocks;
    }

    private static UserTcpMemoryUsage Turn(UserTcpStack stack)
    {
        stack.GetCounters();
        return stack.GetMemoryUsage();
    }
}
