using System.IO.Pipelines;
using System.Net;
using UserTcp.Connections;
using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>
/// An established connection. One reader and one writer may use it at the same time, through either of its two views:
/// <see cref="GetStream"/> and <see cref="Transport"/>.
/// </summary>
public sealed partial class UserTcpConnection : IAsyncDisposable
{
    private readonly ConnectionPump _pump;
    private UserTcpStream? _stream;
    private Extras? _extras;

    internal UserTcpConnection(ConnectionPump pump)
    {
        _pump = pump;
        pump.Face = this;
    }

    /// <summary>Our end.</summary>
    public IPEndPoint LocalEndPoint =>
        Others.Local ??= new IPEndPoint(_pump.Tuple.LocalAddress.ToIPAddress(), _pump.Tuple.LocalPort.Value);

    /// <summary>The peer's end.</summary>
    public IPEndPoint RemoteEndPoint =>
        Others.Remote ??= new IPEndPoint(_pump.Tuple.RemoteAddress.ToIPAddress(), _pump.Tuple.RemotePort.Value);

    /// <summary>
    /// The connection as a duplex pipe straight over the stack's own blocks: nothing is copied on reading. Completing the
    /// output sends FIN, or RST when it is completed with an exception; completing both halves closes the connection. Flushes
    /// do not throw when the connection has ended, they report <see cref="FlushResult.IsCompleted"/>.
    /// </summary>
    public IDuplexPipe Transport
    {
        get
        {
            ref var transport = ref Others.Transport;
            return transport ?? Interlocked.CompareExchange(ref transport, new TransportPipes(_pump), null) ?? transport;
        }
    }

    /// <summary>Completes when the peer's FIN has arrived; faulted when the connection ends otherwise.</summary>
    public Task ReadsClosed => _pump.Lifetime.ReadsClosed;

    /// <summary>Completes when the peer has acknowledged our FIN; faulted when the connection ends otherwise.</summary>
    public Task WritesClosed => _pump.Lifetime.WritesClosed;

    /// <summary>Cancelled when the connection is over, in whatever way.</summary>
    public CancellationToken ConnectionClosed => _pump.Lifetime.Closed;

    /// <summary>
    /// The peer has sent urgent text, or more of it (RFC 9293 section 3.8.5); raised on the thread pool, with the connection as sender.
    /// <see cref="ConnectionSnapshot.UrgentBytes"/> of <see cref="GetInfo"/> says how far it reaches.
    /// </summary>
    public event EventHandler? UrgentReceived
    {
        add => Others.UrgentReceived += value;
        remove => Others.UrgentReceived -= value;
    }

    internal ConnectionPump Pump => _pump;

    internal bool IsDisposed => _pump.IsDisposed;

    /// <summary>The connection as a stream; always the same one. Disposing of it disposes of the connection.</summary>
    public UserTcpStream GetStream()
    {
        if (_stream is { } stream)
            return stream;
        stream = new UserTcpStream(this);
        return Interlocked.CompareExchange(ref _stream, stream, null) ?? stream;
    }

    /// <summary>
    /// Writes, and tells the peer that everything up to the end of it is urgent (RFC 9293 section 3.8.5). It stays in line with the
    /// rest, but waits neither for room in the send buffer nor for a write that does. New applications should not need this (RFC 6093).
    /// </summary>
    public ValueTask WriteUrgentAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _pump.Writer.SendUrgentAsync(buffer, cancellationToken);
    }

    /// <summary>Sends a text that never changes, from where it lies.</summary>
    /// <inheritdoc cref="WriteAsync(UserTcpPinnedData, int, int, CancellationToken)"/>
    public ValueTask WriteAsync(UserTcpPinnedData data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return WriteAsync(data, 0, data.Length, cancellationToken);
    }

    /// <summary>
    /// Sends a part of a text that never changes, from where it lies. Completes when the send buffer has room again, for which the text
    /// counts like any other.
    /// </summary>
    /// <param name="data">The text.</param>
    /// <param name="offset">The first octet to send.</param>
    /// <param name="length">Octets to send.</param>
    /// <param name="cancellationToken">Ends the wait; what was taken up to then is sent all the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part.</exception>
    /// <exception cref="InvalidOperationException">Another write has not ended yet.</exception>
    /// <exception cref="IOException">Nothing can be sent any more.</exception>
    public ValueTask WriteAsync(UserTcpPinnedData data, int offset, int length, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _pump.Writer.SendAsync(new PinnedPiece(data, offset, length), cancellationToken);
    }

    /// <summary>Half-closes: FIN follows what has been written (RFC 9293 section 3.6). Reading goes on.</summary>
    public void CompleteWrites() => _pump.Writer.Complete();

    /// <summary>Resets the connection: RST, and what is queued is dropped (RFC 9293 section 3.10.5). What waits ends with an error.</summary>
    public void Abort() => _pump.Abort();

    /// <summary>The connection's state; <see cref="TcpState.Closed"/> and nothing else once it is over.</summary>
    public ConnectionSnapshot GetInfo() => _pump.Loop.Call(_pump.GetSnapshot, _pump.ClosedSnapshot);

    /// <summary>
    /// CLOSE: FIN follows what has been written, RST when received text is unread or text arrives later (RFC 9293 section
    /// 3.10.4). Returns at once, and the stack brings the close to its end by itself, unless <see cref="LingerState"/> says otherwise.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        if (_pump.Options.LingerTime > TimeSpan.Zero)
            await WritesClosed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Loop: the peer has urgent text. The handlers are the application's, and not for the loop's thread.</summary>
    internal void RaiseUrgent()
    {
        if (_extras?.Raised is { } handlers)
            ThreadPool.UnsafeQueueUserWorkItem(static call => call.Handlers(call.Sender, EventArgs.Empty), (Handlers: handlers, Sender: this), preferLocal: false);
    }

    internal void Close()
    {
        if (_pump.TryDispose())
            _pump.Close();
    }

    /// <summary>Nobody has taken the connection: RST.</summary>
    internal void Discard()
    {
        _pump.TryDispose();
        _pump.Discard();
    }

    private Extras Others => LazyInitializer.EnsureInitialized(ref _extras, static () => new Extras())!;

    /// <summary>What not every connection is asked for; made when one is.</summary>
    private sealed class Extras
    {
        public IPEndPoint? Local;
        public IPEndPoint? Remote;
        public TransportPipes? Transport;

        public event EventHandler? UrgentReceived;

        public EventHandler? Raised => UrgentReceived;
    }
}
