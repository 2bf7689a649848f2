using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace UserTcp.Connections;

/// <summary>
/// The receiving half of a connection: the loop delivers text, one application thread at a time reads it where it lies.
/// </summary>
/// <remarks>
/// The lock is held for a few field accesses at a time and never while anything of the application runs. Blocks are given
/// back only when no reader can be looking at them. This file is the pipe's face of it; the other two are the stream's and the
/// loop's.
/// </remarks>
internal sealed partial class ConnectionReader : PipeReader, IValueTaskSource<ReadResult>
{
    private readonly ConnectionPump _pump;
    private readonly Inbox _inbox = new();
    private readonly int _creditThreshold;
    private SingleWait _wait;
    private CloseReason? _end;
    private int _blocked;
    private bool _isExposed;
    private bool _mustAdvance;
    private bool _isCancelRequested;
    private bool _isCompleted;
    private bool _isDisposed;

    public ConnectionReader(ConnectionPump pump, int receiveBufferSize, bool inlineContinuations)
    {
        _pump = pump;
        _creditThreshold = Math.Max(1, receiveBufferSize / 4);
        _wait = new SingleWait(inlineContinuations);
    }

    /// <summary>True when a read returns at once.</summary>
    private bool IsReady => _inbox.HasUnexamined || _end is not null || _isCancelRequested;

    /// <summary>
    /// True when so much has been read that the window should open: the loop is not woken for less. It fetches the rest when
    /// it is at the connection anyway.
    /// </summary>
    private bool IsCreditDue => _inbox.Credit >= _creditThreshold;

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        lock (_inbox)
        {
            ThrowIfNotReadable();
            if (!IsReady)
            {
                result = default;
                return false;
            }

            return Take(out result) is { } error ? throw error : true;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        short version;
        lock (_inbox)
        {
            ThrowIfNotReadable();
            if (IsReady)
                return Take(out var result) is { } error ? ValueTask.FromException<ReadResult>(error) : new(result);
            version = _wait.Begin();
        }

        _wait.CancelOn(static reader => ((ConnectionReader)reader!).CancelWait(), this, cancellationToken);
        return new ValueTask<ReadResult>(this, version);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        bool isCreditDue;
        lock (_inbox)
        {
            if (_isDisposed)
            {
                // The text is gone with the connection, under the reader's hands: the next read tells.
                _isExposed = _mustAdvance = false;
                return;
            }

            ThrowIfCompleted();
            if (!_isExposed)
                throw new InvalidOperationException("There is no read to complete.");
            _isExposed = _mustAdvance = false;
            _inbox.Advance(consumed, examined);
            isCreditDue = IsCreditDue;
        }

        GiveCredit(isCreditDue);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        bool wake;
        lock (_inbox)
        {
            _isCancelRequested = true;
            wake = TryEndWait();
        }

        if (wake)
            _wait.Complete();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (Close(isTextInUse: false))
            _pump.OnReaderCompleted();
    }

    /// <inheritdoc/>
    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _wait.Finish(token);
        lock (_inbox)
            return Take(out var result) is { } error ? throw error : result;
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _wait.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    /// <summary>What is there, or why there is nothing. Text that arrived before the connection failed is still handed out first.</summary>
    private IOException? Take(out ReadResult result)
    {
        var isCanceled = _isCancelRequested;
        _isCancelRequested = false;
        result = default;
        if (_end is { IsOrderly: false } && !isCanceled && !_inbox.HasUnexamined)
            return _end.ToException();
        _isExposed = true;
        _mustAdvance = !isCanceled;
        result = new ReadResult(_inbox.Peek(), isCanceled, isCompleted: _end is { IsOrderly: true });
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
        if (_wait.IsPending || _mustAdvance || _blocked > 0)
            throw new InvalidOperationException("Another read has not ended yet.");
    }

    private void ThrowIfCompleted()
    {
        if (_isDisposed)
            throw _end!.ToException();
        if (_isCompleted)
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
    }

    private void CancelWait()
    {
        lock (_inbox)
        {
            if (!_wait.TryEnd())
                return;
        }

        _wait.CompleteCanceled();
    }
}
