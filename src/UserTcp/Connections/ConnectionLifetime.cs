using UserTcp.Errors;

namespace UserTcp.Connections;

/// <summary>
/// The three ends of a connection that an application may wait for: the peer's FIN, the acknowledgment of ours, and the
/// end of the connection. Tasks and token are created only when the application asks for them.
/// </summary>
internal sealed class ConnectionLifetime
{
    private readonly Lock _gate = new();
    private Ending _reads;
    private Ending _writes;
    private CancellationTokenSource? _closedSource;
    private CancellationTokenSource? _readsEndedSource;
    private bool _isClosed;

    /// <summary>See <see cref="UserTcpConnection.ReadsClosed"/>.</summary>
    public Task ReadsClosed => TaskOf(ref _reads);

    /// <summary>See <see cref="UserTcpConnection.WritesClosed"/>.</summary>
    public Task WritesClosed => TaskOf(ref _writes);

    /// <summary>See <see cref="UserTcpConnection.ConnectionClosed"/>.</summary>
    public CancellationToken Closed
    {
        get
        {
            lock (_gate)
                return _isClosed
                    ? new CancellationToken(canceled: true)
                    : (_closedSource ??= new CancellationTokenSource()).Token;
        }
    }

    /// <summary>Cancelled at the peer's FIN, or when the connection is over without it.</summary>
    public CancellationToken ReadsEnded
    {
        get
        {
            lock (_gate)
                return _reads.Reason is not null
                    ? new CancellationToken(canceled: true)
                    : (_readsEndedSource ??= new CancellationTokenSource()).Token;
        }
    }

    /// <summary>The peer's FIN has arrived.</summary>
    public void CloseReads()
    {
        Close(ref _reads, CloseReason.Orderly);
        _ = _readsEndedSource?.CancelAsync();
    }

    /// <summary>The peer has acknowledged our FIN.</summary>
    public void CloseWrites() => Close(ref _writes, CloseReason.Orderly);

    /// <summary>The connection is over: tasks that have not completed end with this reason.</summary>
    public void Close(CloseReason reason)
    {
        Close(ref _reads, reason);
        Close(ref _writes, reason);
        CancellationTokenSource? source;
        lock (_gate)
        {
            _isClosed = true;
            source = _closedSource;
        }

        // The application's callbacks run on the thread pool, and their exceptions go to the returned task.
        _ = _readsEndedSource?.CancelAsync();
        _ = source?.CancelAsync();
    }

    private Task TaskOf(ref Ending ending)
    {
        lock (_gate)
        {
            if (ending.Task is null)
            {
                ending.Task = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                ending.Announce();
            }

            return ending.Task.Task;
        }
    }

    private void Close(ref Ending ending, CloseReason reason)
    {
        lock (_gate)
        {
            if (ending.Reason is not null)
                return;
            ending.Reason = reason;
            ending.Announce();
        }
    }

    private struct Ending
    {
        public TaskCompletionSource? Task;
        public CloseReason? Reason;

        public readonly void Announce()
        {
            if (Task is null || Reason is null)
                return;
            if (Reason.IsOrderly)
            {
                Task.TrySetResult();
            }
            else if (Task.TrySetException(Reason.ToException()))
            {
                // Observed here: an application need not await this task, since reads and writes report the error too.
                _ = Task.Task.Exception;
            }
        }
    }
}
