using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <summary>
/// The sending half of a connection: one application thread at a time writes into the stack's own blocks, and a flush
/// moves them to the loop. A flush completes when the bytes queued, unacknowledged ones included, are fewer than the
/// send buffer holds.
/// </summary>
/// <remarks>
/// The object is its own lock: no application ever sees it. The lock is never held while the application's code runs.
/// This file has what <see cref="WriterPipe"/> calls; the others have the stream's part, the loop's part, and what
/// happens without memory.
/// </remarks>
internal sealed partial class ConnectionWriter(ConnectionPump pump, int sendBufferSize) : IValueTaskSource<FlushResult>
{
    /// <summary>
    /// Bytes queued up to which a connection may use the reserve at the memory limit: enough for a short response.
    /// </summary>
    private const int ReserveShare = 128 * 1024;

    private readonly ConnectionPump _pump = pump;
    private int _limit = sendBufferSize;
    private WriteState? _state;

    /// <inheritdoc cref="PipeWriter.UnflushedBytes"/>
    public long UnflushedBytes
    {
        get
        {
            lock (this)
                return View.Buffer.Length;
        }
    }

    /// <summary>The state to look at. Idle connections have none of their own.</summary>
    private WriteState View => _state ?? WriteState.Empty;

    /// <summary>
    /// Bytes to copy between two checks for a full send buffer: large writes are cut into pieces of this size.
    /// </summary>
    internal int PieceSize => Math.Clamp(Limit / 4, BlockPool.StandardSize, 16 * BlockPool.StandardSize);

    /// <summary>
    /// Bytes queued from which on a flush waits. Under memory pressure it is a few segments, and at the limit one byte:
    /// the next write waits until everything before it is acknowledged.
    /// </summary>
    private int Limit
    {
        get
        {
            var budget = _pump.Pool.Budget;
            if (!budget.IsUnderPressure)
                return _limit;
            return budget.IsExhausted ? 1 : Math.Min(_limit, MemoryThresholds.MinSendBuffer);
        }
    }

    private bool IsBelowLimit
    {
        get
        {
            lock (this)
                return IsReady;
        }
    }

    /// <summary>True when a flush need not wait.</summary>
    private bool IsReady => IsBelow(Limit);

    /// <summary>
    /// True when a waiting flush may complete. A quarter of the buffer must be free, so that not every acknowledgment
    /// wakes the writer.
    /// </summary>
    private bool CanResume => IsBelow(Math.Max(Limit * 3L / 4, 1));

    /// <summary>Under the lock: connections that hold little may use the reserve.</summary>
    private bool MayUseReserve => View.Queued + View.Buffer.Length <= ReserveShare;

    /// <inheritdoc cref="PipeWriter.GetMemory"/>
    public Memory<byte> ReserveMemory(int sizeHint)
    {
        lock (this)
        {
            ThrowIfCompleted();
            var memory = EnsureState().Buffer.ReserveMemory(sizeHint, _pump.Pool, MayUseReserve);
            if (!memory.IsEmpty)
                return memory;
        }

        throw EndForMemory();
    }

    /// <inheritdoc cref="PipeWriter.Advance"/>
    public void Advance(int bytes)
    {
        lock (this)
        {
            ThrowIfCompleted();
            if (EnsureState().Buffer.TryAdvance(bytes, _pump.Pool, MayUseReserve))
                return;
        }

        throw EndForMemory();
    }

    /// <inheritdoc cref="PipeWriter.WriteAsync"/>
    public ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        if (source.Length > PieceSize || IsOutOfMemory || !IsBelowLimit)
            return PiecewiseWrite.RunAsync(this, source, cancellationToken);
        Write(source.Span);
        return new ValueTask<FlushResult>(Flush());
    }

    /// <summary>Flushes what is written, and does not wait for room.</summary>
    internal FlushResult Flush()
    {
        bool isTransmitDue;
        FlushResult result;
        lock (this)
        {
            isTransmitDue = MoveToOutbox();
            result = FinishFlush();
        }

        RequestTransmit(isTransmitDue);
        return result;
    }

    /// <inheritdoc cref="PipeWriter.FlushAsync"/>
    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        bool isTransmitDue, isReady;
        FlushResult result = default;
        short version = 0;
        lock (this)
        {
            isTransmitDue = MoveToOutbox();
            isReady = IsReady;
            if (isReady)
                result = FinishFlush();
            else
                version = BeginWait();
        }

        RequestTransmit(isTransmitDue);
        if (isReady)
            return new ValueTask<FlushResult>(result);
        View.Wait!.CancelOn(
            static (writer, token) => ((ConnectionWriter)writer!).CancelWait(token), this, cancellationToken);
        return new ValueTask<FlushResult>(this, version);
    }

    /// <summary>Copies bytes into the buffer, without flushing.</summary>
    internal void Write(ReadOnlySpan<byte> source)
    {
        lock (this)
        {
            ThrowIfCompleted();
            if (EnsureState().Buffer.TryWrite(source, _pump.Pool, MayUseReserve))
                return;
        }

        throw EndForMemory();
    }

    /// <inheritdoc cref="PipeWriter.CancelPendingFlush"/>
    public void CancelPendingFlush()
    {
        SingleWait? ended;
        lock (this)
        {
            EnsureState().IsCancelRequested = true;
            ended = EndWait();
        }

        ended?.Complete();
    }

    /// <summary>FIN follows what has been written; with an exception, the connection is reset.</summary>
    public void Complete(Exception? exception = null)
    {
        // Abort first: completing then releases what is written instead of sending it.
        if (exception is not null)
            _pump.Abort();
        if (Close(isBufferInUse: false, end: null))
            _pump.OnWriterCompleted();
    }

    /// <inheritdoc/>
    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        View.Wait!.Finish(token);
        lock (this)
            return FinishFlush();
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => View.Wait!.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        View.Wait!.OnCompleted(continuation, state, token, flags);

    private bool IsBelow(long bytes) => View.Queued < bytes || View.End is not null || View.IsCancelRequested;

    private FlushResult FinishFlush()
    {
        var isCanceled = View.IsCancelRequested;
        if (isCanceled)
            EnsureState().IsCancelRequested = false;
        return new FlushResult(isCanceled, isCompleted: View.End is not null);
    }

    /// <summary>The state to change; rents one when the connection was idle.</summary>
    private WriteState EnsureState() => _state ??= _pump.Home.WriteStates.Rent();

    private void RequestTransmit(bool isDue)
    {
        if (isDue)
            _pump.Request(ConnectionRequests.Transmit);
    }

    /// <summary>Moves what is written to the outbox. True when the loop has something to send.</summary>
    private bool MoveToOutbox()
    {
        ThrowIfCompleted();
        ThrowIfFlushing();
        return Enqueue(ref EnsureState().Buffer);
    }

    private bool Enqueue(ref WriteBuffer written)
    {
        var moved = written.MoveTo(ref EnsureState().Outbox);
        EnsureState().Queued += moved;
        DropIfEnded();
        return moved > 0 && View.End is null;
    }

    private void ThrowIfFlushing()
    {
        if (View.Wait is { IsInUse: true } || View.Turns.IsTaken)
            throw new InvalidOperationException("Another flush or write has not ended yet.");
    }

    private void ThrowIfCompleted()
    {
        if (View.IsCompleted)
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
    }

    /// <summary>Under the lock: starts a wait, and returns its token for the value task.</summary>
    private short BeginWait() => (EnsureState().Wait ??= new SingleWait(_pump.InlineContinuations)).Begin();

    private void CancelWait(CancellationToken token)
    {
        lock (this)
        {
            if (!View.Wait!.TryEnd())
                return;
        }

        View.Wait.CompleteCanceled(token);
    }
}
