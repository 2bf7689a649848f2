using System.IO.Pipelines;
using System.Net;
using UserTcp.Connections;
using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>
/// An established connection, with two views: <see cref="GetStream"/> and <see cref="Transport"/>. Any number of reads
/// and writes of the stream may overlap, and are served in turn. A pipe has one reader and one writer at a time, as
/// every pipe.
/// </summary>
public sealed partial class UserTcpConnection : IAsyncDisposable, IUrgentSink
{
    private readonly ConnectionPump _pump;
    private UserTcpStream? _stream;
    private Extras? _extras;

    internal UserTcpConnection(ConnectionPump pump)
    {
        _pump = pump;
        pump.NotifyUrgent(this);
    }

    /// <summary>Our end.</summary>
    public IPEndPoint LocalEndPoint =>
        Others.Local ??= new IPEndPoint(_pump.Tuple.LocalAddress.ToIPAddress(), _pump.Tuple.LocalPort.Value);

    /// <summary>The peer's end.</summary>
    public IPEndPoint RemoteEndPoint =>
        Others.Remote ??= new IPEndPoint(_pump.Tuple.RemoteAddress.ToIPAddress(), _pump.Tuple.RemotePort.Value);

    /// <summary>
    /// The connection as a duplex pipe over the stack's own blocks: reading copies nothing. Completing the output sends
    /// FIN, or RST when it is completed with an exception; completing both halves closes the connection. When the
    /// connection has ended, flushes do not throw; they report <see cref="FlushResult.IsCompleted"/>.
    /// </summary>
    public IDuplexPipe Transport
    {
        get
        {
            ref var transport = ref Others.Transport;
            return transport
                ?? Interlocked.CompareExchange(ref transport, new TransportPipes(_pump), null) ?? transport;
        }
    }

    /// <summary>Bytes that have arrived and that no read has taken, as <c>Socket.Available</c> has them.</summary>
    public int Available => _pump.Reader.Available;

    /// <summary>Completes when the peer's FIN has arrived; faulted when the connection ends without it.</summary>
    public Task ReadsClosed => _pump.Lifetime.ReadsClosed;

    /// <summary>
    /// Completes when the peer has acknowledged our FIN; faulted when the connection ends without that.
    /// </summary>
    public Task WritesClosed => _pump.Lifetime.WritesClosed;

    /// <summary>Cancelled when the connection is over, orderly or not.</summary>
    public CancellationToken ConnectionClosed => _pump.Lifetime.Closed;

    /// <summary>
    /// The peer has sent urgent data, or more of it (RFC 9293 section 3.8.5); raised on the thread pool, with the
    /// connection as sender. <see cref="ConnectionSnapshot.UrgentBytes"/> of <see cref="GetInfo"/> says how far the
    /// urgent data reaches.
    /// </summary>
    public event EventHandler? UrgentReceived
    {
        add => Others.UrgentReceived += value;
        remove => Others.UrgentReceived -= value;
    }

    /// <summary>Cancelled at the peer's FIN, or when the connection is over without it.</summary>
    public CancellationToken ReadsEnded => _pump.Lifetime.ReadsEnded;

    internal ConnectionPump Pump => _pump;

    internal bool IsDisposed => _pump.IsDisposed;

    /// <summary>
    /// The input of <see cref="Transport"/> for a framework with exception types of its own. It takes the place of that
    /// input: only one of them may be read.
    /// </summary>
    public PipeReader OpenInput(IUserTcpInputEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        return new TranslatingReaderPipe(_pump.Reader, end);
    }

    /// <summary>
    /// The connection as a stream; always the same object. Disposing of it disposes of the connection.
    /// </summary>
    public UserTcpStream GetStream()
    {
        if (_stream is { } stream)
            return stream;
        stream = new UserTcpStream(this);
        return Interlocked.CompareExchange(ref _stream, stream, null) ?? stream;
    }

    /// <summary>
    /// Writes urgent data: the urgent pointer covers everything up to its end (RFC 9293 section 3.8.5). The data keeps
    /// its place in the stream, but waits neither for room in the send buffer nor for a write that does. New
    /// applications should not use it (RFC 6093).
    /// </summary>
    public ValueTask WriteUrgentAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _pump.Writer.SendUrgentAsync(buffer, cancellationToken);
    }

    /// <summary>Sends pinned data without copying it.</summary>
    /// <inheritdoc cref="WriteAsync(UserTcpPinnedData, int, int, CancellationToken)"/>
    public ValueTask WriteAsync(UserTcpPinnedData data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return WriteAsync(data, 0, data.Length, cancellationToken);
    }

    /// <summary>
    /// Sends a part of pinned data without copying it. Completes when the send buffer has taken all of it; pinned data
    /// counts towards the send buffer like any other.
    /// </summary>
    /// <param name="data">The data.</param>
    /// <param name="offset">The first byte to send.</param>
    /// <param name="length">Bytes to send.</param>
    /// <param name="cancellationToken">Ends the wait: data that the send buffer has not taken is not sent.</param>
    /// <exception cref="ArgumentOutOfRangeException">The data has no such part.</exception>
    /// <exception cref="InvalidOperationException">A flush of the pipe has not ended yet.</exception>
    /// <exception cref="IOException">Nothing can be sent any more.</exception>
    public ValueTask WriteAsync(
        UserTcpPinnedData data, int offset, int length, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _pump.Writer.SendAsync(new PinnedPiece(data, offset, length), cancellationToken);
    }

    /// <summary>Half-closes: FIN follows what has been written (RFC 9293 section 3.6). Reading goes on.</summary>
    public void CompleteWrites() => _pump.Writer.Complete();

    /// <summary>
    /// Resets the connection: RST, and queued data is dropped (RFC 9293 section 3.10.5). Reads and writes that wait
    /// fail.
    /// </summary>
    public void Abort() => _pump.Abort();

    /// <summary>
    /// The connection's state; <see cref="TcpState.Closed"/> and nothing else once it is over.
    /// </summary>
    public ConnectionSnapshot GetInfo() => _pump.Home.Mailbox.Call(_pump.SynchronizeAndSnapshot, _pump.ClosedSnapshot);

    /// <summary>
    /// CLOSE: FIN follows what has been written, and RST follows the FIN when received data is unread, or when data
    /// arrives later (RFC 9293 section 3.10.4). Returns at once, and the stack completes the close in the background,
    /// unless <see cref="LingerState"/> says otherwise.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        if (_pump.Options.LingerTime > TimeSpan.Zero)
            await WritesClosed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Calls the application's handlers on the thread pool, not on the loop's thread.</summary>
    void IUrgentSink.RaiseUrgent()
    {
        if (_extras?.Raised is { } handlers)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static call => call.Handlers(call.Sender, EventArgs.Empty),
                (Handlers: handlers, Sender: this), preferLocal: false);
        }
    }

    internal void Close() => _pump.Dispose();

    private Extras Others => LazyInitializer.EnsureInitialized(ref _extras, static () => new Extras())!;

    /// <summary>What few connections are asked for; created on demand, to save memory.</summary>
    private sealed class Extras
    {
        public IPEndPoint? Local;
        public IPEndPoint? Remote;
        public TransportPipes? Transport;

        public event EventHandler? UrgentReceived;

        public EventHandler? Raised => UrgentReceived;
    }
}
