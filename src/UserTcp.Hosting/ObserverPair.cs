using UserTcp.Engine.Contract;

namespace UserTcp.Hosting;

/// <summary>
/// Two observers of a stack: one of a capture, and the application's. When the second one throws, it is not called
/// again, and the first one goes on. The stack calls one at a time.
/// </summary>
/// <param name="first">The one that does not throw.</param>
/// <param name="second">The application's.</param>
/// <param name="onError">Called on the thread pool with the exception of the second one.</param>
internal sealed class ObserverPair(IEngineObserver first, IEngineObserver second, Action<Exception> onError)
    : IEngineObserver
{
    private IEngineObserver? _second = second;

    /// <inheritdoc/>
    public bool IsReady => first.IsReady || _second is { IsReady: true };

    /// <inheritdoc/>
    public void OnEvent(in TraceEvent traceEvent)
    {
        if (first.IsReady)
            first.OnEvent(in traceEvent);
        try
        {
            if (_second is { IsReady: true } second)
                second.OnEvent(in traceEvent);
        }
        catch (Exception exception)
        {
            _second = null;
            ThreadPool.UnsafeQueueUserWorkItem(
                static call => call.OnError(call.Error), (OnError: onError, Error: exception), preferLocal: false);
        }
    }
}
