using System.Buffers;
using UserTcp.Engine.Buffers;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// A sender that is faster than its reader has to wait, and memory stays bounded whatever the size of writes.
/// </summary>
public sealed class BackpressureTests
{
    private const int BufferSize = 128 << 10;

    [Fact]
    public async Task A_writer_waits_for_a_reader_that_does_not_read()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = BufferSize });
        var (client, server) = await pair.ConnectAsync();
        var data = Payload.Random(4 << 20, seed: 1);

        var written = 0;
        var writing = WriteAsync();
        await Until.TrueAsync(() => server.GetInfo().ReceiveQueue == BufferSize, "the receive buffer is full");
        await Until.TrueAsync(() => client.GetInfo().SendQueue >= BufferSize * 3 / 4, "the send buffer is full");

        Assert.False(writing.IsCompleted);
        Assert.InRange(written, BufferSize, 3 * BufferSize);
        Assert.InRange(pair.Client.BlocksRented, 1, 4 * BufferSize / BlockPool.StandardSize);
        Assert.InRange(pair.Server.BlocksRented, 1, 4 * BufferSize / BlockPool.StandardSize);
        Assert.Equal(Payload.Hash(data), await server.GetStream().HashToEndAsync());
        await writing.OrFail();

        async Task WriteAsync()
        {
            for (; written < data.Length; written += 1 << 10)
                await client.GetStream().WriteAsync(data.AsMemory(written, 1 << 10));
            client.CompleteWrites();
        }
    }

    [Fact]
    public async Task Tiny_writes_do_not_pin_a_block_each()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = BufferSize });
        var (client, server) = await pair.ConnectAsync();
        client.NoDelay = true;
        var data = Payload.Random(50_000, seed: 2);

        foreach (var value in data)
            await client.GetStream().WriteAsync(new[] { value });
        await Until.TrueAsync(() => server.GetInfo().ReceiveQueue == data.Length, "all has arrived");

        Assert.InRange(pair.Server.BlocksRented, 1, 2 + (2 * data.Length / BlockPool.StandardSize));
        Assert.Equal(data, await server.GetStream().ReadExactlyAsync(data.Length));
        await Until.TrueAsync(
            () => pair.Client.BlocksRented + pair.Server.BlocksRented == 0, "an idle connection holds no block");
    }

    [Fact]
    public async Task Tiny_writes_to_a_peer_that_does_not_read_do_not_pin_a_block_each()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = BufferSize });
        var (client, server) = await pair.ConnectAsync();
        await FillAsync(client, server);
        var before = pair.Client.BlocksRented;

        using var giveUp = new CancellationTokenSource();
        for (var count = 0; count < 1000; count++)
        {
            client.Transport.Output.Write([(byte)count]);
            var flush = client.Transport.Output.FlushAsync(giveUp.Token);
            Assert.False(flush.IsCompleted);
            client.Transport.Output.CancelPendingFlush();
            Assert.True((await flush).IsCanceled);
        }

        Assert.InRange(pair.Client.BlocksRented, before, before + 2);
    }

    [Fact]
    public async Task A_window_that_was_closed_opens_again_for_a_slow_reader()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = BufferSize });
        var (client, server) = await pair.ConnectAsync();
        var data = Payload.Random(1 << 20, seed: 3);
        var writing = client.GetStream().WriteAsync(data).OrFail();
        await Until.TrueAsync(() => server.GetInfo().RcvWnd < 1460, "the window is closed");

        var received = new byte[data.Length];
        for (var offset = 0; offset < received.Length; offset += 100)
        {
            await server.GetStream()
                .ReadExactlyAsync(received.AsMemory(offset, Math.Min(100, received.Length - offset)))
                .OrFail();
        }

        await writing;
        Assert.Equal(Payload.Hash(data), Payload.Hash(received));
    }

    [Fact]
    public async Task A_reader_may_need_more_than_the_receive_buffer_holds()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = BufferSize });
        var (client, server) = await pair.ConnectAsync();
        var data = Payload.Random(5 * BufferSize, seed: 4);

        var peek = server.Transport.Input.PeekAsync(data.Length);
        await client.GetStream().WriteAsync(data).OrFail();
        var result = await peek;

        Assert.Equal(Payload.Hash(data), Payload.Hash(result.Buffer.ToArray()));
        server.Transport.Input.AdvanceTo(result.Buffer.End);
    }

    private static async Task FillAsync(UserTcpConnection client, UserTcpConnection server)
    {
        using var giveUp = new CancellationTokenSource();
        var writing = client.GetStream().WriteAsync(new byte[4 * BufferSize], giveUp.Token);
        await Until.TrueAsync(() => server.GetInfo().ReceiveQueue == BufferSize, "the receive buffer is full");
        await Until.TrueAsync(() => client.GetInfo().SendQueue >= BufferSize * 3 / 4, "the send buffer is full");
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.OrFail());

        // A write waits until a quarter of the buffer is free, which may be the case when the transfer stalls.
        await Until.TrueAsync(
            () => client.GetInfo().DataAcknowledged == BufferSize, "all that has arrived is acknowledged");
        var isFull = false;
        while (!isFull)
        {
            client.Transport.Output.Write(new byte[1 << 10]);
            var flush = client.Transport.Output.FlushAsync(TestContext.Current.CancellationToken);
            isFull = !flush.IsCompleted;
            if (isFull)
                client.Transport.Output.CancelPendingFlush();
            await flush;
        }
    }
}
