using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace UserTcp.Connections;

/// <summary>
/// The receiving half of a connection: the loop delivers text, one application thread at a time reads it where it lies.
/// </summary>
/// <remarks>
/// The object is its own lock: no application ever sees it. The lock is held for a few field accesses at a time and never while
/// anything of the application runs. Blocks are given back only when no reader can be looking at them. This file is what
/// <see cref="ReaderPipe"/> calls; the other two are the stream's and the loop's.
/// </remarks>
internal sealed partial class ConnectionReader(ConnectionPump pump) : IValueTaskSource<ReadResult>
{
    private readonly ConnectionPump _pump = pump;
    private ReadWait? _wait;
    private ReadState? _state;

    /// <summary>The state to look at; idle connections have none.</summary>
    private ReadState View => _state ?? ReadState.Empty;

    /// <summary>The state to change.</summary>
    private ReadState State => _state ??= _pump.Loop.ReadStates.Rent();

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
        short version;
        lock (this)
        {
            ThrowIfNotReadable();
            if (IsReady)
                return FinishRead(out var result) is { } error ? ValueTask.FromException<ReadResult>(error) : new(result);
            version = BeginWait(destination: default);
        }

        _wait!.CancelOn(static (reader, token) => ((ConnectionReader)reader!).CancelWait(token), this, cancellationToken);
        return new ValueTask<ReadResult>(this, version);
    }

    /// <inheritdoc cref="PipeReader.AdvanceTo(SequencePosition, SequencePosition)"/>
    public void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        bool isCreditDue;
        lock (this)
        {
            if (View.IsDisposed)
            {
                // The text is gone with the connection, under the reader's hands: the next read tells.
                State.IsExposed = State.MustAdvance = false;
                return;
            }

            ThrowIfCompleted();
            if (!View.IsExposed)
                throw new InvalidOperationException("There is no read to complete.");
            State.IsExposed = State.MustAdvance = false;
            State.Inbox.Advance(consumed, examined);
            isCreditDue = View.Inbox.IsCreditDue;
        }

        GiveCredit(isCreditDue);
    }

    /// <inheritdoc cref="PipeReader.CancelPendingRead"/>
    public void CancelPendingRead()
    {
        ReadWait? ended;
        lock (this)
        {
            State.IsCancelRequested = true;
            ended = EndWait();
        }

        ended?.Complete();
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

    /// <summary>What is there, or why there is nothing. Text that arrived before the connection failed is still handed out first.</summary>
    private IOException? FinishRead(out ReadResult result)
    {
        var isCanceled = View.IsCancelRequested;
        State.IsCancelRequested = false;
        result = default;
        if (View.End is { IsOrderly: false } && !isCanceled && !View.Inbox.HasUnexamined)
            return View.End.ToException();
        State.IsExposed = true;
        State.MustAdvance = !isCanceled;
        result = new ReadResult(State.Inbox.Peek(), isCanceled, isCompleted: View.End is { IsOrderly: true });
        return null;
    }

    private void GiveCredit(bool isDue)
    {
        if (isDue)
            _pump.Request(ConnectionRequests.Credit);
    }

    private void ThrowIfNotReadable()
    {
        ThrowIfCompleted();
        if (_wait is { IsPending: true } || View.MustAdvance || View.IsBlocked)
            throw new InvalidOperationException("Another read has not ended yet.");
    }

    private void ThrowIfCompleted()
    {
        if (View.IsDisposed)
            throw View.End!.ToException();
        if (View.IsCompleted)
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
    }

    /// <summary>Under the lock: starts a wait, and returns its token for the value task.</summary>
    private short BeginWait(Memory<byte> destination)
    {
        _wait ??= new ReadWait(_pump.InlineContinuations);
        _wait.Destination = destination;
        return _wait.Begin();
    }

    private void CancelWait(CancellationToken token)
    {
        lock (this)
        {
            if (!_wait!.TryEnd())
                return;
        }

        _wait.CompleteCanceled(token);
    }
}
