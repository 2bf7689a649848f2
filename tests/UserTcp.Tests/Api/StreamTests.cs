using System.Net.Sockets;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>What <see cref="UserTcpStream"/> does besides carrying data.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private StackPair _pair = null!;
    private UserTcpStream _stream = null!;
    private UserTcpStream _peer = null!;

    public async ValueTask InitializeAsync()
    {
        _pair = await StackPair.StartAsync(new PairOptions { BufferSize = 64 << 10 });
        var (client, server) = await _pair.ConnectAsync();
        (_stream, _peer) = (client.GetStream(), server.GetStream());
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public void A_stream_has_the_capabilities_of_a_NetworkStream()
    {
        Assert.True(_stream.CanRead && _stream.CanWrite && _stream.CanTimeout && !_stream.CanSeek);
        Assert.Throws<NotSupportedException>(() => _stream.Length);
        Assert.Throws<NotSupportedException>(() => _stream.Position);
        Assert.Throws<NotSupportedException>(() => _stream.Position = 1);
        Assert.Throws<NotSupportedException>(() => _stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => _stream.SetLength(0));
        Assert.Same(_stream, _stream.Connection.GetStream());
    }

    [Fact]
    public async Task Synchronous_calls_wait_like_asynchronous_ones()
    {
        var data = Payload.Random(1_000_000, seed: 1);
        var writing = OnThreadOfItsOwn(() => _stream.Write(data));

        var received = new byte[data.Length];
        await OnThreadOfItsOwn(() => _peer.ReadExactly(received));

        await writing;
        Assert.Equal(Payload.Hash(data), Payload.Hash(received));
    }

    [Fact]
    public async Task Single_bytes_are_read_and_written()
    {
        _stream.WriteByte(7);
        Assert.Equal(7, await OnThreadOfItsOwn(_peer.ReadByte));
    }

    [Fact]
    public async Task Synchronous_calls_do_not_need_the_thread_pool()
    {
        // More blocked readers than the pool has threads at first: the data must reach them all.
        await using var listener = await _pair.ListenAsync();
        var connections = new List<(UserTcpConnection Client, UserTcpConnection Server)>();
        for (var count = 0; count < 4 * Environment.ProcessorCount; count++)
            connections.Add(await _pair.ConnectAsync(listener));
        var reads = connections.ConvertAll(connection => Task.Run(() => connection.Server.GetStream().ReadByte()));

        foreach (var (client, _) in connections)
            client.GetStream().WriteByte(1);

        Assert.All(await Task.WhenAll(reads).OrFail(), value => Assert.Equal(1, value));
    }

    [Fact]
    public async Task A_read_times_out()
    {
        _stream.ReadTimeout = 20;

        await ErrorAssert.AssertIOAsync(SocketError.TimedOut, () => OnThreadOfItsOwn(() => _stream.Read(new byte[1])));

        _peer.WriteByte(5);
        _stream.ReadTimeout = Timeout.Infinite;
        Assert.Equal(5, await OnThreadOfItsOwn(_stream.ReadByte));
    }

    [Fact]
    public async Task A_write_times_out()
    {
        _stream.WriteTimeout = 20;

        await ErrorAssert.AssertIOAsync(
            SocketError.TimedOut, () => OnThreadOfItsOwn(() => _stream.Write(new byte[1 << 20])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    public void A_timeout_is_positive_or_infinite(int milliseconds)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _stream.ReadTimeout = milliseconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => _stream.WriteTimeout = milliseconds);
        Assert.Equal(Timeout.Infinite, _stream.ReadTimeout);
        Assert.Equal(Timeout.Infinite, _stream.WriteTimeout);
    }

    [Fact]
    public async Task A_zero_byte_read_waits_for_data_and_consumes_none()
    {
        var read = _stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(read.IsCompleted);

        await _peer.WriteAsync("data"u8.ToArray());

        Assert.Equal(0, await read.OrFail());
        Assert.Equal(0, await OnThreadOfItsOwn(() => _stream.Read([])));
        Assert.Equal("data"u8.ToArray(), await _stream.ReadExactlyAsync(4));
    }

    [Fact]
    public async Task A_zero_byte_write_sends_nothing()
    {
        await _stream.WriteAsync(ReadOnlyMemory<byte>.Empty).OrFail();
        _stream.Write([]);

        Assert.Equal(0, _stream.Connection.GetInfo().SendQueue + _stream.Connection.GetInfo().DataAcknowledged);
    }

    [Fact]
    public async Task Writes_are_sent_without_a_flush()
    {
        await _stream.WriteAsync("now"u8.ToArray());
        Assert.Equal("now"u8.ToArray(), await _peer.ReadExactlyAsync(3));

        await _stream.FlushAsync(TestContext.Current.CancellationToken);
        _stream.Flush();
        await _stream.FlushAsync(new CancellationToken(canceled: true));
    }

    [Fact]
    public async Task Disposal_fails_pending_and_later_reads_and_writes()
    {
        var read = _stream.ReadAsync(new byte[1]).AsTask();
        var write = _stream.WriteAsync(new byte[1 << 20]).AsTask();

        await _stream.DisposeAsync();
        await _stream.DisposeAsync();

        await ErrorAssert.AssertIOAsync(SocketError.OperationAborted, () => read.OrFail());
        await Assert.ThrowsAnyAsync<Exception>(() => write.OrFail());
        Assert.False(_stream.CanRead || _stream.CanWrite);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _stream.ReadAsync(new byte[1]).OrFail());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _stream.WriteAsync(new byte[1]).OrFail());
        Assert.Throws<ObjectDisposedException>(() => _stream.Read(new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => _stream.Write(new byte[1]));
    }

    [Fact]
    public async Task Disposal_ends_a_blocked_read()
    {
        var read = OnThreadOfItsOwn(() => _stream.Read(new byte[1]));
        await Until.TrueAsync(() => _stream.Connection.Pump.Reader.IsBlocked, "the thread waits");

        await _stream.DisposeAsync();

        await ErrorAssert.AssertIOAsync(SocketError.OperationAborted, () => read);
    }

    [Fact]
    public async Task Both_views_can_be_used_one_after_the_other()
    {
        await _peer.WriteAsync("headbody"u8.ToArray());
        var pipe = _stream.Connection.Transport.Input;
        var head = await pipe.PeekAsync(8);
        pipe.AdvanceTo(head.Buffer.GetPosition(4), head.Buffer.End);

        Assert.Equal("body"u8.ToArray(), await _stream.ReadExactlyAsync(4));
    }

    [Fact]
    public async Task Blocking_on_the_stacks_own_thread_is_refused()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { InlineContinuations = true });
        var (client, server) = await pair.ConnectAsync();
        var handler = Task.Run(async () =>
        {
            await server.GetStream().ReadAsync(new byte[1]).ConfigureAwait(false);
            return server.GetStream().Read(new byte[1]);
        });
        await Until.TrueAsync(() => server.Pump.Reader.IsWaiting, "the handler waits");

        client.GetStream().WriteByte(1);

        await Assert.ThrowsAsync<InvalidOperationException>(() => handler.OrFail());
    }

    private static Task OnThreadOfItsOwn(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .OrFail();

    private static Task<T> OnThreadOfItsOwn<T>(Func<T> function) =>
        Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .OrFail();
}
