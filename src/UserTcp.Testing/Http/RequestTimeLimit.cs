namespace UserTcp.Testing.Http;

/// <summary>The time that one request may take.</summary>
internal sealed class RequestTimeLimit : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _both;
    private readonly CancellationToken _caller;
    private readonly TimeSpan _timeout;

    public RequestTimeLimit(TimeProvider time, TimeSpan timeout, CancellationToken caller)
    {
        (_timeout, _caller) = (timeout, caller);
        _timer = new CancellationTokenSource(timeout, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, caller);
    }

    /// <summary>Cancelled at the end of the time, and by the caller.</summary>
    public CancellationToken Token => _both.Token;

    /// <summary>What HttpClient throws in place of an error when the time is up; null for the error itself.</summary>
    public Exception? TryTranslate(Exception error) =>
        _timer.IsCancellationRequested && !_caller.IsCancellationRequested
            ? new TaskCanceledException(
                $"The request was canceled due to the configured timeout of {_timeout.TotalSeconds} seconds of "
                + "virtual time elapsing.",
                new TimeoutException(error.Message, error))
            : null;

    public void Dispose()
    {
        _both.Dispose();
        _timer.Dispose();
    }
}
