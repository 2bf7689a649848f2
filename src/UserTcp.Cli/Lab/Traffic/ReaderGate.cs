namespace UserTcp.Cli.Lab.Traffic;

/// <summary>Stops the readers of a connection, and lets them go on.</summary>
internal sealed class ReaderGate
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _closed;

    /// <summary>Readers wait from their next read on.</summary>
    public void Close()
    {
        lock (_gate)
            _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Readers go on.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _closed?.SetResult();
            _closed = null;
        }
    }

    /// <summary>Completes at once, or when the gate opens.</summary>
    public Task PassAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _closed?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;
    }
}
