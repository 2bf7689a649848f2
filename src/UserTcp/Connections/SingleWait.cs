using System.Threading.Tasks.Sources;

namespace UserTcp.Connections;

/// <summary>
/// One asynchronous wait at a time, over and over without allocation; its owner makes it when it first has to wait. The owner is the
/// value task source, locks around <see cref="Begin"/> and <see cref="TryEnd"/>, and calls what runs continuations outside the lock.
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
    /// Lets a token cancel the wait by <paramref name="onCancel"/>. To be called before the value task is handed out, so that
    /// <see cref="Finish"/> cannot overtake it.
    /// </summary>
    public void CancelOn(Action<object?, CancellationToken> onCancel, object owner, CancellationToken token)
    {
        if (token.CanBeCanceled)
            _registration = token.UnsafeRegister(onCancel, owner);
    }

    /// <summary>True for the one caller that has to complete the wait.</summary>
    public bool TryEnd()
    {
        var wasPending = IsPending;
        IsPending = false;
        return wasPending;
    }

    /// <summary>Completes the wait.</summary>
    public void Complete() => _source.SetResult(true);

    /// <summary>Completes the wait as cancelled by its token.</summary>
    public void CompleteCanceled(CancellationToken token) => _source.SetException(new OperationCanceledException(token));

    /// <summary>The awaiter fetches the result: afterwards nothing of this wait can reach the next one.</summary>
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
            // Lets go of whoever waited: the wait may be kept for long without being used.
            _source.Reset();
            Volatile.Write(ref _isInUse, false);
        }
    }

    /// <inheritdoc cref="IValueTaskSource.GetStatus"/>
    public ValueTaskSourceStatus GetStatus(short version) => _source.GetStatus(version);

    /// <inheritdoc cref="IValueTaskSource.OnCompleted"/>
    public void OnCompleted(Action<object?> continuation, object? state, short version, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, version, flags);
}
