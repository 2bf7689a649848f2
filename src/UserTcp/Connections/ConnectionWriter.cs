using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using UserTcp.Buffers;
using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <summary>
/// The sending half of a connection: one application thread at a time writes into blocks of the stack's own, and a flush
/// moves them to the loop. A flush ends when what is queued, unacknowledged octets included, is less than the send buffer.
/// </summary>
/// <remarks>
/// The lock is never held while anything of the application runs. This file is the pipe's face of it; the other two are the
/// stream's and the loop's.
/// </remarks>
internal sealed partial class ConnectionWriter : PipeWriter, IValueTaskSource<FlushResult>
{
    private readonly ConnectionPump _pump;
    private readonly WriteBuffer _buffer;
    private readonly long _limit;
    private readonly long _resume;
    private SingleWait _wait;
    private BlockChain _outbox;
    private CloseReason? _end;
    private long _queued;
    private int _blocked;
    private bool _isUrgent;
    private bool _isCancelRequested;
    private bool _isCompleted;

    public ConnectionWriter(ConnectionPump pump, int sendBufferSize, bool inlineContinuations)
    {
        _pump = pump;
        _buffer = new WriteBuffer(pump.Pool);
        _limit = sendBufferSize;
        _resume = _limit * 3 / 4;
        _wait = new SingleWait(inlineContinuations);
    }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes
    {
        get
        {
            lock (_buffer)
                return _buffer.Length;
        }
    }

    /// <summary>Octets to copy in before it is asked whether the send buffer is full: large writes are cut into such pieces.</summary>
    internal int PieceSize => (int)Math.Clamp(_limit / 4, BlockPool.StandardSize, 16 * BlockPool.StandardSize);

    /// <summary>True when a flush need not wait.</summary>
    private bool IsReady => IsBelow(_limit);

    /// <summary>True when a flush that waits may go on: not at the first octet of room, or every acknowledgment would wake it.</summary>
    private bool CanResume => IsBelow(_resume);

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        lock (_buffer)
        {
            ThrowIfCompleted();
            return _buffer.GetMemory(sizeHint);
        }
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        lock (_buffer)
        {
            ThrowIfCompleted();
            _buffer.Advance(bytes);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (source.Length > PieceSize)
            return PiecewiseWrite.RunAsync(this, source, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        Write(source.Span);
        return FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        bool isTransmitDue, isReady;
        FlushResult result = default;
        short version = 0;
        lock (_buffer)
        {
            isTransmitDue = MoveToOutbox();
            isReady = IsReady;
            if (isReady)
                result = TakeResult();
            else
                version = _wait.Begin();
        }

        RequestTransmit(isTransmitDue);
        if (isReady)
            return new ValueTask<FlushResult>(result);
        _wait.CancelOn(static writer => ((ConnectionWriter)writer!).CancelWait(), this, cancellationToken);
        return new ValueTask<FlushResult>(this, version);
    }

    /// <summary>Copies octets into the buffer, without flushing.</summary>
    internal void Write(ReadOnlySpan<byte> source)
    {
        lock (_buffer)
        {
            ThrowIfCompleted();
            _buffer.Write(source);
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        bool wake;
        lock (_buffer)
        {
            _isCancelRequested = true;
            wake = TryEndWait();
        }

        if (wake)
            _wait.Complete();
    }

    /// <summary>FIN follows what has been written; with an exception, the connection is reset.</summary>
    public override void Complete(Exception? exception = null)
    {
        // Aborting first makes nothing of what is written, and completing then gives its memory back.
        if (exception is not null)
            _pump.Abort();
        if (Close(isBufferInUse: false, end: null))
            _pump.OnWriterCompleted();
    }

    /// <inheritdoc/>
    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        _wait.Finish(token);
        lock (_buffer)
            return TakeResult();
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _wait.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private bool IsBelow(long octets) => _queued < octets || _end is not null || _isCancelRequested;

    private FlushResult TakeResult()
    {
        var isCanceled = _isCancelRequested;
        _isCancelRequested = false;
        return new FlushResult(isCanceled, isCompleted: _end is not null);
    }

    private void RequestTransmit(bool isDue)
    {
        if (isDue)
            _pump.Request(ConnectionRequests.Transmit);
    }

    /// <summary>Moves what is written to the outbox. True when the loop has to be told.</summary>
    private bool MoveToOutbox()
    {
        ThrowIfCompleted();
        ThrowIfFlushing();
        return Enqueue(_buffer);
    }

    private bool Enqueue(WriteBuffer written)
    {
        var moved = written.MoveTo(ref _outbox);
        _queued += moved;
        DropIfEnded();
        return moved > 0 && _end is null;
    }

    private void ThrowIfFlushing()
    {
        if (_wait.IsPending || _blocked > 0)
            throw new InvalidOperationException("Another flush has not ended yet.");
    }

    private void ThrowIfCompleted()
    {
        if (_isCompleted)
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
    }

    private void CancelWait()
    {
        lock (_buffer)
        {
            if (!_wait.TryEnd())
                return;
        }

        _wait.CompleteCanceled();
    }
}
