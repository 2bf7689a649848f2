using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>The input of <see cref="UserTcpConnection.Transport"/> follows the rules of PipeReader.</summary>
public sealed class PipeReaderTests : IAsyncLifetime
{
    private StackPair _pair = null!;
    private UserTcpConnection _peer = null!;
    private UserTcpConnection _connection = null!;

    private PipeReader Reader => _connection.Transport.Input;

    public async ValueTask InitializeAsync()
    {
        _pair = await StackPair.StartAsync();
        (_peer, _connection) = await _pair.ConnectAsync();
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Unconsumed_data_is_read_again()
    {
        await SendAsync("abcdef");
        var first = await ReadAsync(6);
        Reader.AdvanceTo(first.Buffer.GetPosition(2));

        var second = await ReadAsync(4);

        Assert.Equal("cdef"u8.ToArray(), second.Buffer.ToArray());
        Reader.AdvanceTo(second.Buffer.End);
    }

    [Fact]
    public async Task Examined_data_alone_does_not_wake_the_reader()
    {
        await SendAsync("abc");
        var first = await ReadAsync(3);
        Reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);

        var second = Reader.ReadAsync();
        Assert.False(second.IsCompleted);
        await SendAsync("d");

        Assert.Equal("abcd"u8.ToArray(), (await second.OrFail()).Buffer.ToArray());
    }

    [Fact]
    public async Task Unexamined_data_wakes_the_reader_at_once()
    {
        await SendAsync("abc");
        var first = await ReadAsync(3);
        Reader.AdvanceTo(first.Buffer.Start, first.Buffer.GetPosition(2));

        Assert.True(Reader.TryRead(out var second));
        Assert.Equal("abc"u8.ToArray(), second.Buffer.ToArray());
    }

    [Fact]
    public void TryRead_without_data_fails() => Assert.False(Reader.TryRead(out _));

    [Fact]
    public async Task The_end_comes_with_the_last_data_and_again_after_it()
    {
        await SendAsync("end");
        _peer.CompleteWrites();
        await _connection.ReadsClosed.OrFail();

        var last = await ReadAsync(3);
        Assert.True(last.IsCompleted);
        Reader.AdvanceTo(last.Buffer.End);

        var after = await ReadAsync(0);
        Assert.True(after.IsCompleted);
        Assert.True(after.Buffer.IsEmpty);
        Reader.AdvanceTo(after.Buffer.End);
    }

    [Fact]
    public async Task A_pending_read_can_be_cancelled_without_a_token()
    {
        var read = Reader.ReadAsync();
        Reader.CancelPendingRead();

        var result = await read.OrFail();

        Assert.True(result.IsCanceled);
        Assert.False(result.IsCompleted);
        Reader.AdvanceTo(result.Buffer.End);
        await SendAsync("on");
        Assert.Equal("on"u8.ToArray(), (await ReadAsync(2)).Buffer.ToArray());
    }

    [Fact]
    public async Task A_cancellation_without_a_pending_read_cancels_the_next_one_only()
    {
        Reader.CancelPendingRead();

        Assert.True((await Reader.ReadAsync()).IsCanceled);
        var next = Reader.ReadAsync();

        Assert.False(next.IsCompleted);
        Reader.CancelPendingRead();
        Assert.True((await next.OrFail()).IsCanceled);
    }

    [Fact]
    public async Task A_cancelled_read_returns_the_data_that_is_there()
    {
        await SendAsync("abc");
        var first = await ReadAsync(3);
        Reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        Reader.CancelPendingRead();

        var canceled = await Reader.ReadAsync().OrFail();

        Assert.True(canceled.IsCanceled);
        Assert.Equal("abc"u8.ToArray(), canceled.Buffer.ToArray());
    }

    [Fact]
    public async Task ReadAtLeast_waits_for_the_min_length()
    {
        var read = Reader.ReadAtLeastAsync(6).OrFail();
        await SendAsync("abc");
        await Until.TrueAsync(() => _connection.GetInfo().ReceiveQueue == 0, "the reader has examined the data");
        Assert.False(read.IsCompleted);

        await SendAsync("def");

        Assert.Equal("abcdef"u8.ToArray(), (await read).Buffer.ToArray());
    }

    [Fact]
    public async Task Reads_must_alternate_with_advances()
    {
        Assert.Throws<InvalidOperationException>(() => Reader.AdvanceTo(default));
        await SendAsync("abc");
        var result = await ReadAsync(3);

        Assert.Throws<InvalidOperationException>(() => Reader.TryRead(out _));
        Reader.AdvanceTo(result.Buffer.Start);
        Assert.Throws<InvalidOperationException>(() => Reader.AdvanceTo(result.Buffer.Start));
    }

    [Fact]
    public async Task Only_one_read_may_wait()
    {
        var waiting = Reader.ReadAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => Reader.ReadAsync().AsTask());
        Assert.Throws<InvalidOperationException>(() => Reader.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() => _connection.GetStream().Read(new byte[1]));

        Reader.CancelPendingRead();
        Assert.True((await waiting.OrFail()).IsCanceled);
    }

    [Fact]
    public async Task Positions_must_be_in_order_and_in_the_buffer()
    {
        await SendAsync("abcdef");
        var first = await ReadAsync(6);
        Assert.Throws<InvalidOperationException>(() => Reader.AdvanceTo(first.Buffer.End, first.Buffer.Start));

        var second = await ReadAsync(6);
        var beginning = second.Buffer.Start;
        Reader.AdvanceTo(second.Buffer.GetPosition(3));
        var third = await ReadAsync(3);
        Assert.Throws<InvalidOperationException>(() => Reader.AdvanceTo(beginning));
        Assert.Equal("def"u8.ToArray(), third.Buffer.ToArray());
    }

    [Fact]
    public async Task After_completion_nothing_can_be_read_and_no_data_is_kept()
    {
        await SendAsync("abc");
        await ReadAsync(3);
        await Reader.CompleteAsync();
        await Reader.CompleteAsync();

        Assert.Throws<InvalidOperationException>(() => Reader.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() => Reader.AdvanceTo(default));
        await SendAsync("more");
        await Until.TrueAsync(() => _connection.GetInfo().DataReceived == 7, "more has arrived");
        await Until.TrueAsync(() => _pair.Server.BlocksRented == 0, "the data is released");
    }

    [Fact]
    public async Task Completing_the_reader_leaves_the_writer_alone()
    {
        await Reader.CompleteAsync();

        await _connection.GetStream().WriteAsync("answer"u8.ToArray());

        Assert.Equal("answer"u8.ToArray(), await _peer.GetStream().ReadExactlyAsync(6));
    }

    [Fact]
    public async Task Data_is_read_in_place()
    {
        await SendAsync("abc");
        var first = await ReadAsync(3);
        Reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        await SendAsync("def");
        var second = await Reader.ReadAsync().OrFail();

        Assert.True(second.Buffer.IsSingleSegment);
        Assert.True(first.Buffer.FirstSpan.Overlaps(second.Buffer.FirstSpan, out var distance));
        Assert.Equal(0, distance);
        Assert.Equal("abc"u8.ToArray(), first.Buffer.ToArray());
    }

    [Fact]
    public async Task Data_in_use_stays_intact_when_the_connection_is_disposed_of()
    {
        await SendAsync("mine");
        var result = await ReadAsync(4);

        await _connection.DisposeAsync();
        var (peer, connection) = await _pair.ConnectAsync();
        await peer.GetStream().WriteAsync(new byte[100_000]).OrFail();
        await connection.GetStream().ReadExactlyAsync(100_000);

        Assert.Equal("mine"u8.ToArray(), result.Buffer.ToArray());
        await Until.TrueAsync(() => _pair.Server.BlocksRented == 0, "it is not counted any more");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pending_read_ends_with_the_connection_and_the_next_one_throws_the_reason(bool hasEnded)
    {
        await SendAsync("mine");
        var result = await ReadAsync(4);
        if (hasEnded)
        {
            _peer.CompleteWrites();
            await _connection.ReadsClosed.OrFail();
        }

        await _connection.DisposeAsync();

        Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        await ErrorAssert.AssertIOAsync(SocketError.OperationAborted, () => Reader.ReadAsync().OrFail());
        await Reader.CompleteAsync();
    }

    [Fact]
    public async Task A_pending_copy_ends_with_the_connection()
    {
        var destination = new ClosingStream(_connection);
        var copying = _connection.GetStream().CopyToAsync(destination, TestContext.Current.CancellationToken);

        await SendAsync("data");

        await ErrorAssert.AssertIOAsync(SocketError.OperationAborted, () => copying.OrFail());
    }

    private async Task SendAsync(string data) =>
        await _peer.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(data)).OrFail();

    /// <summary>The next read with so many bytes or more; fewer are only examined.</summary>
    private Task<ReadResult> ReadAsync(int length) => Reader.ReadAtLeastAsync(length).OrFail();

    /// <summary>Disposes of the connection when something is written.</summary>
    private sealed class ClosingStream(UserTcpConnection connection) : MemoryStream
    {
        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            await connection.DisposeAsync();
    }
}
