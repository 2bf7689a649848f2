using System.Buffers;
using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Every wait can be cancelled, without harm to the connection or the listener.</summary>
public sealed class CancellationTests
{
    private const int BufferSize = 64 << 10;

    [Fact]
    public async Task A_cancelled_read_leaves_the_connection_alive()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        for (var repeat = 0; repeat < 10; repeat++)
        {
            using var cancellation = new CancellationTokenSource();
            var read = server.GetStream().ReadAsync(new byte[1], cancellation.Token).AsTask();
            Assert.False(read.IsCompleted);
            await cancellation.CancelAsync();
            var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.OrFail());
            Assert.Equal(cancellation.Token, error.CancellationToken);
        }

        await client.GetStream().WriteAsync("still here"u8.ToArray());
        Assert.Equal("still here"u8.ToArray(), await server.GetStream().ReadExactlyAsync(10));
    }

    [Fact]
    public async Task A_cancelled_token_reads_and_writes_nothing()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            client.GetStream().WriteAsync(new byte[5], cancelled).OrFail());
        await client.GetStream().WriteAsync("x"u8.ToArray());
        await Until.TrueAsync(() => server.GetInfo().ReceiveQueue == 1, "one byte has arrived");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            server.GetStream().ReadAsync(new byte[1], cancelled).OrFail());
        Assert.Equal("x"u8.ToArray(), await server.GetStream().ReadExactlyAsync(1));
    }

    [Fact]
    public async Task A_token_cancelled_after_the_read_has_ended_does_nothing()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        var read = server.GetStream().ReadAsync(new byte[1], cancellation.Token);
        await client.GetStream().WriteAsync("ab"u8.ToArray());
        Assert.Equal(1, await read.OrFail());

        await cancellation.CancelAsync();

        Assert.Equal(1, await server.GetStream().ReadAsync(new byte[1], CancellationToken.None).OrFail());
    }

    [Fact]
    public async Task A_cancelled_flush_still_sends_what_was_flushed()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = BufferSize });
        var (client, server) = await pair.ConnectAsync();
        var data = Payload.Random(4 * BufferSize, seed: 1);
        using var cancellation = new CancellationTokenSource();

        client.Transport.Output.Write(data);
        var flush = client.Transport.Output.FlushAsync(cancellation.Token).AsTask();
        Assert.False(flush.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.OrFail());

        await client.Transport.Output.CompleteAsync();
        Assert.Equal(Payload.Hash(data), await server.GetStream().HashToEndAsync());
    }

    [Fact]
    public async Task A_cancelled_accept_loses_no_connection()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();
        using var cancellation = new CancellationTokenSource();
        var cancelled = listener.AcceptConnectionAsync(cancellation.Token).AsTask();
        var other = listener.AcceptConnectionAsync().AsTask();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.OrFail());
        await using var client = await pair.Client.ConnectAsync(listener.LocalEndPoint).OrFail();

        Assert.Equal(client.LocalEndPoint, (await other.OrFail()).RemoteEndPoint);
    }

    [Fact]
    public async Task A_cancelled_connect_aborts_the_attempt()
    {
        var (device, _) = InMemoryLink.CreatePair();
        await using var stack = await StackPair.StartAsync(device, [StackPair.ClientIPv4], new PairOptions());
        using var cancellation = new CancellationTokenSource();

        var connect = stack.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4, 80), cancellation.Token).AsTask();
        await Until.TrueAsync(
            () => stack.GetConnections() is [{ State: TcpState.SynSent }], "the attempt is under way");
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connect.OrFail());
        await Until.TrueAsync(() => stack.GetConnections().Count == 0, "the attempt is deleted");
    }

    [Fact]
    public async Task Connects_cancelled_at_any_moment_leave_nothing_behind()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();
        var accepted = DisposeOfEverythingAsync(listener);

        for (var spins = 0; spins < 300; spins++)
        {
            using var cancellation = new CancellationTokenSource();
            var connect = pair.Client.ConnectAsync(listener.LocalEndPoint, cancellation.Token).AsTask();
            Thread.SpinWait(spins * 100);
            await cancellation.CancelAsync();
            try
            {
                await (await connect.OrFail()).DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                Assert.True(connect.IsCanceled);
            }
        }

        await pair.NothingLeftAsync();
        await listener.DisposeAsync();
        await accepted.OrFail();
    }

    private static async Task DisposeOfEverythingAsync(UserTcpListener listener)
    {
        try
        {
            while (true)
                await (await listener.AcceptConnectionAsync()).DisposeAsync();
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The listener was closed: the end of this test.
        }
    }
}
