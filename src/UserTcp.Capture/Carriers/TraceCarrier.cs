using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Carriers;

/// <summary>
/// Carries the explained events of a stack to <see cref="TraceEventSource"/> while that is enabled, and if asked for to
/// an activity for each connection while somebody collects them. Otherwise nobody watches the stack.
/// </summary>
public sealed class TraceCarrier : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly UserTcpStack _stack;
    private readonly bool _hasActivities;
    private readonly CancellationTokenSource _end = new();
    private Task _carrying = Task.CompletedTask;

    /// <summary>Attaches to a stack.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="hasActivities">
    /// True for an activity for each connection, from the source <see cref="UserTcpTelemetry.ActivitySourceName"/>. The
    /// stack is watched then for as long as it runs.
    /// </param>
    public TraceCarrier(UserTcpStack stack, bool hasActivities = false)
    {
        ArgumentNullException.ThrowIfNull(stack);
        (_stack, _hasActivities) = (stack, hasActivities);
        TraceEventSource.Log.Switched += OnSwitched;
        OnSwitched();
    }

    private bool IsWanted => _hasActivities || TraceEventSource.Log.IsEnabled();

    /// <summary>Detaches from the stack.</summary>
    public async ValueTask DisposeAsync()
    {
        TraceEventSource.Log.Switched -= OnSwitched;
        await _end.CancelAsync().ConfigureAwait(false);
        await _carrying.ConfigureAwait(false);
        _end.Dispose();
    }

    private void OnSwitched()
    {
        lock (_gate)
        {
            if (IsWanted && _carrying.IsCompleted && !_end.IsCancellationRequested)
                _carrying = Task.Run(CarryAsync);
        }
    }

    private async Task CarryAsync()
    {
        try
        {
            // The source may be enabled again just when the last enumeration ends.
            while (IsWanted && !_stack.Completion.IsCompleted)
                await CarryEventsAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Detached.
        }
        catch (InvalidOperationException)
        {
            // There are as many watchers as are allowed: this one is not more important than they are.
        }
    }

    private async Task CarryEventsAsync()
    {
        var explainer = new EventExplainer();
        ConnectionActivities? activities = null;
        try
        {
            await foreach (var traceEvent in _stack.WatchAsync(_end.Token).ConfigureAwait(false))
            {
                if (!IsWanted)
                    break;
                var explained = explainer.Explain(traceEvent);
                TraceEventSource.Log.Write(explained);
                if (!_hasActivities || !ConnectionActivities.HasListeners)
                    continue;
                activities ??= new ConnectionActivities(StartOf(traceEvent));
                activities.Add(explained);
            }
        }
        finally
        {
            activities?.Dispose();
        }
    }

    /// <summary>The time at which the stack's clock was zero, by an event that has just happened.</summary>
    private static DateTimeOffset StartOf(in TraceEvent traceEvent) =>
        TimeProvider.System.GetUtcNow() - TimeSpan.FromTicks(traceEvent.Time.Ticks);
}
