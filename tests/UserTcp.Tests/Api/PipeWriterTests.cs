using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using UserTcp.Engine.Buffers;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>The output of <see cref="UserTcpConnection.Transport"/> follows the rules of PipeWriter.</summary>
public sealed class PipeWriterTests : IAsyncLifetime
{
    private StackPair _pair = null!;
    private UserTcpConnection _connection = null!;
    private UserTcpConnection _peer = null!;

    private PipeWriter Writer => _connection.Transport.Output;

    public async ValueTask InitializeAsync()
    {
        _pair = await StackPair.StartAsync(new PairOptions { BufferSize = 64 << 10 });
        (_connection, _peer) = await _pair.ConnectAsync();
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    [Trait("RFC9293", "MAY-15")]
    [Trait("RFC9293", "MAY-16")]
    public async Task Nothing_is_sent_before_the_flush()
    {
        Write("abc");
        Assert.True(Writer.CanGetUnflushedBytes);
        Assert.Equal(3, Writer.UnflushedBytes);
        Assert.Equal(0, _connection.GetInfo().SendQueue + _connection.GetInfo().DataAcknowledged);

        await Writer.FlushAsync();

        Assert.Equal(0, Writer.UnflushedBytes);
        Assert.Equal("abc"u8.ToArray(), await _peer.GetStream().ReadExactlyAsync(3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BlockPool.StandardSize)]
    [InlineData(BlockPool.StandardSize + 1)]
    [InlineData(BlockPool.LargeSize)]
    [InlineData(BlockPool.LargeSize + 1)]
    [InlineData(1_000_000)]
    public async Task Reserved_memory_has_the_requested_size(int sizeHint)
    {
        var data = Payload.Random(Math.Max(1, sizeHint), seed: sizeHint);
        Write("head");
        var memory = Writer.GetMemory(sizeHint);
        Assert.True(memory.Length >= data.Length);
        data.CopyTo(memory);
        Writer.Advance(data.Length);
        var received = _peer.GetStream().ReadExactlyAsync(4 + data.Length);

        await Writer.FlushAsync().OrFail();

        Assert.Equal(data, (await received)[4..]);
        await _pair.Client.BlocksGoneAsync();
    }

    [Fact]
    public async Task Reserved_and_unused_memory_is_not_sent()
    {
        Writer.GetMemory();
        Writer.GetMemory(BlockPool.LargeSize);
        Writer.GetMemory(1_000_000);
        Writer.Advance(0);

        Assert.False((await Writer.FlushAsync()).IsCompleted);

        await _pair.Client.BlocksGoneAsync();
    }

    [Fact]
    public void Advancing_beyond_the_reserved_memory_is_refused()
    {
        var memory = Writer.GetMemory(10);

        Assert.Throws<ArgumentOutOfRangeException>(() => Writer.Advance(memory.Length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Writer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Writer.GetMemory(-1));
    }

    [Fact]
    public async Task Completion_sends_unflushed_data_and_FIN()
    {
        Write("rest");
        await Writer.CompleteAsync();

        Assert.Equal("rest"u8.ToArray(), await _peer.GetStream().ReadToEndAsync());
        Assert.Throws<InvalidOperationException>(() => Writer.GetSpan());
        Assert.Throws<InvalidOperationException>(() => Writer.Advance(0));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Writer.FlushAsync().AsTask());
    }

    [Fact]
    public async Task Completion_with_an_exception_resets_and_ends_too()
    {
        Write("never");
        await Writer.CompleteAsync(new InvalidDataException());

        await ErrorAssert.AssertIOAsync(SocketError.ConnectionReset, () => _peer.GetStream().ReadToEndAsync());
        Assert.Throws<InvalidOperationException>(() => Writer.GetMemory());
        Assert.Throws<InvalidOperationException>(() => Writer.Advance(0));
        await _pair.Client.BlocksGoneAsync();
    }

    [Fact]
    public async Task A_flush_waits_while_the_send_buffer_is_full()
    {
        Writer.Write(new byte[200 << 10]);

        var flush = Writer.FlushAsync();
        Assert.False(flush.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Writer.FlushAsync().AsTask());
        await _peer.GetStream().ReadExactlyAsync(200 << 10);

        var result = await flush.OrFail();
        Assert.False(result.IsCanceled || result.IsCompleted);
    }

    [Fact]
    public async Task A_pending_flush_can_be_cancelled_without_a_token()
    {
        Writer.Write(new byte[200 << 10]);
        var flush = Writer.FlushAsync();

        Writer.CancelPendingFlush();

        Assert.True((await flush.OrFail()).IsCanceled);
        await _peer.GetStream().ReadExactlyAsync(200 << 10);
        await Until.TrueAsync(() => _connection.GetInfo().SendQueue == 0, "all is acknowledged");
        Assert.False((await Writer.FlushAsync().OrFail()).IsCanceled);
    }

    [Fact]
    public async Task A_cancellation_without_a_pending_flush_cancels_the_next_one_only()
    {
        Writer.CancelPendingFlush();

        Assert.True((await Writer.FlushAsync()).IsCanceled);
        Assert.False((await Writer.FlushAsync()).IsCanceled);
    }

    [Fact]
    public async Task A_pending_flush_ends_with_the_connection()
    {
        Writer.Write(new byte[200 << 10]);
        var flush = Writer.FlushAsync();

        _peer.Abort();

        Assert.True((await flush.OrFail()).IsCompleted);
        Write("nowhere");
        Assert.True((await Writer.FlushAsync()).IsCompleted);
        await _pair.Client.BlocksGoneAsync();
    }

    [Fact]
    public async Task Reserved_memory_is_neither_sent_nor_reused_when_the_connection_is_disposed_of()
    {
        "early"u8.CopyTo(Writer.GetSpan());
        Writer.Advance(5);
        var memory = Writer.GetMemory();

        await _connection.DisposeAsync();
        memory.Span.Fill((byte)'!');

        Assert.Equal("early"u8.ToArray(), await _peer.GetStream().ReadToEndAsync());
        await _pair.Client.BlocksGoneAsync();
    }

    [Fact]
    public async Task Alternating_large_hints_and_tiny_writes_share_blocks()
    {
        for (var count = 0; count < 1000; count++)
        {
            Writer.GetSpan(BlockPool.StandardSize)[0] = (byte)count;
            Writer.Advance(1);
        }

        Assert.InRange(_pair.Client.BlocksRented, 1, 3);
        await Writer.FlushAsync();
        Assert.Equal(
            Enumerable.Range(0, 1000).Select(count => (byte)count), await _peer.GetStream().ReadExactlyAsync(1000));
    }

    private void Write(string data) => Writer.Write(System.Text.Encoding.ASCII.GetBytes(data));
}
