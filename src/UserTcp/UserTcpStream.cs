using System.Net.Sockets;
using UserTcp.Connections;

namespace UserTcp;

/// <summary>
/// A connection as a stream. Reads return 0 only at the peer's FIN. Errors are <see cref="IOException"/>s around a
/// <see cref="SocketException"/>. Cancelling a read or a write leaves the connection as it is.
/// </summary>
public sealed class UserTcpStream : Stream
{
    private readonly UserTcpConnection _connection;
    private readonly ConnectionReader _reader;
    private readonly ConnectionWriter _writer;
    private int _readTimeout = Timeout.Infinite;
    private int _writeTimeout = Timeout.Infinite;

    internal UserTcpStream(UserTcpConnection connection)
    {
        _connection = connection;
        _reader = connection.Pump.Reader;
        _writer = connection.Pump.Writer;
    }

    /// <inheritdoc/>
    public override bool CanRead => !_connection.IsDisposed;

    /// <inheritdoc/>
    public override bool CanWrite => !_connection.IsDisposed;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanTimeout => true;

    /// <summary>
    /// Max milliseconds that <see cref="Read(Span{byte})"/> waits; then it throws TimedOut, and the connection stays as
    /// it is.
    /// </summary>
    public override int ReadTimeout
    {
        get => _readTimeout;
        set => _readTimeout = CheckTimeout(value);
    }

    /// <summary>
    /// Max milliseconds that <see cref="Write(ReadOnlySpan{byte})"/> waits for room; then it throws TimedOut.
    /// </summary>
    public override int WriteTimeout
    {
        get => _writeTimeout;
        set => _writeTimeout = CheckTimeout(value);
    }

    /// <summary>
    /// True when a read returns data at once, as <see cref="NetworkStream.DataAvailable"/>. Not at the FIN.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The stream was disposed of.</exception>
    public bool DataAvailable
    {
        get
        {
            ThrowIfDisposed();
            return _reader.Available > 0;
        }
    }

    /// <summary>The connection underneath.</summary>
    public UserTcpConnection Connection => _connection;

    /// <inheritdoc cref="UserTcpConnection.ReadsClosed"/>
    public Task ReadsClosed => _connection.ReadsClosed;

    /// <inheritdoc cref="UserTcpConnection.WritesClosed"/>
    public Task WritesClosed => _connection.WritesClosed;

    /// <summary>Not supported: a connection has no length.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported: a connection cannot seek.</summary>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc cref="UserTcpConnection.CompleteWrites"/>
    public void CompleteWrites() => _connection.CompleteWrites();

    /// <inheritdoc cref="UserTcpConnection.Abort"/>
    public void Abort() => _connection.Abort();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ThrowIfDisposed();
        return _reader.Read(buffer, _readTimeout);
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        Span<byte> single = stackalloc byte[1];
        return Read(single) == 0 ? -1 : single[0];
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>
    /// Reads what is there, or waits for data; a buffer of length 0 only waits. Reads that overlap are served in turn.
    /// </summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return _reader.ReadAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        ThrowIfDisposed();
        await _connection.Transport.Input.CopyToAsync(destination, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfDisposed();
        _writer.Send(buffer, _writeTimeout);
    }

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write([value]);

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>
    /// Copies the bytes as far as the send buffer has room, and waits for room for the rest. Completes when all are
    /// copied; after a cancellation those that were not are not sent. Writes that overlap are served in turn.
    /// </summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return _writer.SendAsync(buffer, cancellationToken);
    }

    /// <summary>Does nothing: writes are flushed already.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: writes are flushed already.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Not supported: a connection cannot seek.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported: a connection has no length.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc cref="UserTcpConnection.DisposeAsync"/>
    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the connection.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _connection.Close();
        base.Dispose(disposing);
    }

    private static int CheckTimeout(int milliseconds)
    {
        if (milliseconds != Timeout.Infinite)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(milliseconds);
        return milliseconds;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_connection.IsDisposed, this);
}
