using System.Threading.Tasks.Sources;

namespace UserTcp.Connections;

/// <summary>
/// One asynchronous wait at a time, reused without allocation; its owner creates it for the first wait. The owner is
/// the value task source, locks around <see cref="Begin"/> and <see cref="TryEnd"/>, and completes waits outside the
/// lock, since that may run continuations.
/// </summary>
internal class SingleWait
{
    private ManualResetValueTaskSourceCore<bool> _source;
    private CancellationTokenRegistration _registration;
    private bool _isInUse;

    public SingleWait(bool inlineContinuations) => _source.RunContinuationsAsynchronously = !inlineContinuations;

    /// <summary>True from <see cref="Begin"/> until <see cref="TryEnd"/>.</summary>
    public bool IsPending { get; private set; }

    /// <summary>True from <see cref="Begin"/> until the awaiter has fetched the result. Any thread.</summary>
    public bool IsInUse => Volatile.Read(ref _isInUse);

    /// <summary>Starts a wait; returns its token for the value task.</summary>
    public short Begin()
    {
        _source.Reset();
        IsPending = _isInUse = true;
        return _source.Version;
    }

    /// <summary>
    /// Lets a token cancel the wait by <paramref name="onCancel"/>. To be called before the value task is handed out,
    /// so that it runs before <see cref="Finish"/>.
    /// </summary>
    public void CancelOn(Action<object?, CancellationToken> onCancel, object owner, CancellationToken token)
    {
        if (token.CanBeCanceled)
            _registration = token.UnsafeRegister(onCancel, owner);
    }

    /// <summary>Ends the wait. True for the one caller that has to complete it.</summary>
    public bool TryEnd()
    {
        var wasPending = IsPending;
        IsPending = false;
        return wasPending;
    }

    /// <summary>Completes the wait.</summary>
    public void Complete() => _source.SetResult(true);

    /// <summary>Completes the wait as cancelled by its token.</summary>
    public void CompleteCanceled(CancellationToken token) =>
        _source.SetException(new OperationCanceledException(token));

    /// <summary>
    /// The awaiter fetches the result. Afterwards this wait's token and version have no effect on the next wait.
    /// </summary>
    public void Finish(short version)
    {
        _registration.Dispose();
        _registration = default;
        try
        {
            _source.GetResult(version);
        }
        finally
        {
            // Drops the reference to the awaiter: this object may be kept for long.
            _source.Reset();
            Volatile.Write(ref _isInUse, false);
        }
    }

    /// <inheritdoc cref="IValueTaskSource.GetStatus"/>
    public ValueTaskSourceStatus GetStatus(short version) => _source.GetStatus(version);

    /// <inheritdoc cref="IValueTaskSource.OnCompleted"/>
    public void OnCompleted(
        Action<object?> continuation, object? state, short version, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, version, flags);
}
