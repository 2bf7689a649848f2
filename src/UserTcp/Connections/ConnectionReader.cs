using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace UserTcp.Connections;

/// <summary>
/// The receiving half of a connection: the loop delivers data, and one application thread at a time reads it in place.
/// </summary>
/// <remarks>
/// The object is its own lock: no application ever sees it. The lock is held for a few field accesses at a time and
/// never while the application's code runs. Blocks are released only when no reader can be looking at them. This file
/// has what <see cref="ReaderPipe"/> calls; the other two have the stream's and the loop's part.
/// </remarks>
internal sealed partial class ConnectionReader(ConnectionPump pump) : IValueTaskSource<ReadResult>
{
    private readonly ConnectionPump _pump = pump;

    /// <summary>The read that waits, or waited last.</summary>
    private ReadWait? _wait;
    private ReadState? _state;

    /// <summary>The state to look at. Idle connections have none of their own.</summary>
    private ReadState View => _state ?? ReadState.Empty;

    /// <summary>True when a read returns at once.</summary>
    private bool IsReady => View.Inbox.HasUnexamined || View.End is not null || View.IsCancelRequested;

    /// <inheritdoc cref="PipeReader.TryRead"/>
    public bool TryRead(out ReadResult result)
    {
        lock (this)
        {
            ThrowIfNotReadable();
            if (!IsReady)
            {
                result = default;
                return false;
            }

            return FinishRead(out result) is { } error ? throw error : true;
        }
    }

    /// <inheritdoc cref="PipeReader.ReadAsync"/>
    public ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        if (ReadOrBegin(out var result, out var version) is { } error)
            return ValueTask.FromException<ReadResult>(error);
        return version is { } token ? WaitAsync(this, token, cancellationToken) : new ValueTask<ReadResult>(result);
    }

    /// <summary>Reads what is there and returns the error, if any; or begins a wait, with a version.</summary>
    public IOException? ReadOrBegin(out ReadResult result, out short? version)
    {
        version = null;
        lock (this)
        {
            ThrowIfNotReadable();
            if (IsReady)
                return FinishRead(out result);
            result = default;
            version = Wait.Begin();
            _wait!.IsOfStream = false;
            return null;
        }
    }

    /// <summary>The value task of a wait that has begun.</summary>
    /// <param name="source">What the result is fetched from: this reader, or what wraps it.</param>
    /// <param name="version">The wait's version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<ReadResult> WaitAsync(
        IValueTaskSource<ReadResult> source, short version, CancellationToken cancellationToken)
    {
        _wait!.CancelOn(
            static (reader, token) => ((ConnectionReader)reader!).CancelPipeRead(token), this, cancellationToken);
        return new ValueTask<ReadResult>(source, version);
    }

    /// <inheritdoc cref="PipeReader.AdvanceTo(SequencePosition, SequencePosition)"/>
    public void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        bool isCreditDue;
        lock (this)
        {
            if (View.IsDisposed)
            {
                // The data went with the connection while the reader had it; the next read throws.
                EnsureState().IsExposed = EnsureState().MustAdvance = false;
                return;
            }

            ThrowIfCompleted();
            if (!View.IsExposed)
                throw new InvalidOperationException("There is no read to complete.");
            EnsureState().IsExposed = EnsureState().MustAdvance = false;
            EnsureState().Inbox.Advance(consumed, examined);
            isCreditDue = View.Inbox.IsCreditDue;
        }

        RequestCredit(isCreditDue);
    }

    /// <inheritdoc cref="PipeReader.CancelPendingRead"/>
    public void CancelPendingRead()
    {
        ReadWait? ended;
        lock (this)
        {
            EnsureState().IsCancelRequested = true;
            ended = EndWaits();
        }

        Complete(ended);
    }

    /// <inheritdoc cref="PipeReader.Complete"/>
    public void Complete()
    {
        if (Close(isDataInUse: false))
            _pump.OnReaderCompleted();
    }

    /// <inheritdoc/>
    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _wait!.Finish(token);
        lock (this)
            return FinishRead(out var result) is { } error ? throw error : result;
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _wait!.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait!.OnCompleted(continuation, state, token, flags);

    /// <summary>
    /// Completes a read: returns the data, or returns the error. Data that arrived before the connection failed comes
    /// first.
    /// </summary>
    private IOException? FinishRead(out ReadResult result)
    {
        var isCanceled = View.IsCancelRequested;
        EnsureState().IsCancelRequested = false;
        result = default;
        if (View.End is { IsOrderly: false } && !isCanceled && !View.Inbox.HasUnexamined)
            return View.End.ToException();
        EnsureState().IsExposed = true;
        EnsureState().MustAdvance = !isCanceled;
        result = new ReadResult(EnsureState().Inbox.Peek(), isCanceled, isCompleted: View.End is { IsOrderly: true });
        return null;
    }

    /// <summary>The state to change; rents one when the connection was idle.</summary>
    private ReadState EnsureState() => _state ??= _pump.Home.ReadStates.Rent();

    private void RequestCredit(bool isDue)
    {
        if (isDue)
            _pump.Request(ConnectionRequests.Credit);
    }

    /// <summary>For the pipe, whose reads must not overlap with any other.</summary>
    private void ThrowIfNotReadable()
    {
        ThrowIfCompleted();
        if (_wait is { IsInUse: true } || View.MustAdvance || View.IsBlocked)
            throw new InvalidOperationException("Another read has not ended yet.");
    }

    private void ThrowIfCompleted()
    {
        if (View.IsDisposed)
            throw View.End!.ToException();
        if (View.IsCompleted)
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
    }

    /// <summary>Under the lock: the wait of the next read, which is not in use.</summary>
    private ReadWait Wait => _wait ??= new ReadWait(this, _pump.InlineContinuations);

    private void CancelPipeRead(CancellationToken token)
    {
        lock (this)
        {
            if (!_wait!.TryEnd())
                return;
        }

        _wait.CompleteCanceled(token);
    }
}
