using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Each direction closes by itself (RFC 9293 section 3.6), and the API shows it.</summary>
public sealed class HalfCloseTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_end_may_finish_first_and_go_on_reading(bool clientFirst)
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        var (first, second) = clientFirst ? (client, server) : (server, client);

        await first.GetStream().WriteAsync("question"u8.ToArray());
        first.CompleteWrites();
        Assert.Equal("question"u8.ToArray(), await second.GetStream().ReadToEndAsync());
        await second.ReadsClosed.OrFail();
        await first.WritesClosed.OrFail();
        Assert.False(first.ReadsClosed.IsCompleted);
        Assert.False(first.ConnectionClosed.IsCancellationRequested);

        var answer = Payload.Random(2_000_000, seed: 3);
        var received = first.GetStream().ReadToEndAsync();
        await second.GetStream().WriteAsync(answer).OrFail();
        second.CompleteWrites();

        Assert.Equal(Payload.Hash(answer), Payload.Hash(await received));
        await Task.WhenAll(first.ReadsClosed, second.WritesClosed).OrFail();
        await Until.TrueAsync(() => first.ConnectionClosed.IsCancellationRequested, "the first end is closed");
        await Until.TrueAsync(() => second.ConnectionClosed.IsCancellationRequested, "the second end is closed");
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task The_states_are_those_of_the_RFC()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        Assert.Equal(TcpState.Established, client.GetInfo().State);

        client.CompleteWrites();
        await client.WritesClosed.OrFail();

        Assert.Equal(TcpState.FinWait2, client.GetInfo().State);
        Assert.Equal(TcpState.CloseWait, server.GetInfo().State);
        server.CompleteWrites();
        await server.WritesClosed.OrFail();
        Assert.Equal(TcpState.Closed, client.GetInfo().State);
        Assert.Equal(client.RemoteEndPoint.Port, client.GetInfo().Tuple.RemotePort.Value);
    }

    [Fact]
    public async Task A_read_at_the_end_returns_0_again_and_again()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        client.CompleteWrites();

        for (var repeat = 0; repeat < 3; repeat++)
            Assert.Equal(0, await server.GetStream().ReadAsync(new byte[10]).OrFail());
        Assert.Equal(0, server.GetStream().Read(new byte[10]));
        Assert.Equal(-1, server.GetStream().ReadByte());
    }

    [Fact]
    public async Task A_pending_read_returns_0_at_the_end()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        var read = server.GetStream().ReadAsync(new byte[10]).OrFail();
        Assert.False(read.IsCompleted);
        client.CompleteWrites();

        Assert.Equal(0, await read);
    }

    [Fact]
    public async Task Writing_after_CompleteWrites_is_refused()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, _) = await pair.ConnectAsync();

        client.CompleteWrites();
        client.CompleteWrites();

        await ErrorAssert.AssertIOAsync(
            SocketError.Shutdown, () => client.GetStream().WriteAsync(new byte[1]).OrFail());
        Assert.Throws<InvalidOperationException>(() => client.Transport.Output.GetMemory());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CompleteWrites_ends_a_pending_write_and_sends_what_it_has_copied(bool isPeerDone)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = 64 << 10 });
        var (client, server) = await pair.ConnectAsync();
        Task write;
        var length = 0;
        do
        {
            write = client.GetStream().WriteAsync(new byte[1 << 10]).AsTask();
            length += write.IsCompletedSuccessfully ? 1 << 10 : 0;
        }
        while (write.IsCompletedSuccessfully);

        client.CompleteWrites();
        if (isPeerDone)
            server.CompleteWrites();

        Assert.Equal(length, (await server.GetStream().ReadToEndAsync()).Length);
        await Until.TrueAsync(
            () => client.ConnectionClosed.IsCancellationRequested == isPeerDone, "the connection has ended, or not");
        await ErrorAssert.AssertIOAsync(SocketError.Shutdown, () => write.OrFail());
    }

    [Fact]
    public async Task Both_ends_may_finish_at_once()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        client.CompleteWrites();
        server.CompleteWrites();

        await Task.WhenAll(client.ReadsClosed, client.WritesClosed, server.ReadsClosed, server.WritesClosed).OrFail();
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task Completing_both_halves_of_the_pipe_closes_the_connection()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        await client.Transport.Input.CompleteAsync();
        await client.Transport.Output.CompleteAsync();
        Assert.True((await server.Transport.Input.ReadAsync().OrFail()).IsCompleted);
        await server.DisposeAsync();

        await pair.NothingLeftAsync();
    }
}
