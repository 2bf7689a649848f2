namespace UserTcp.Testing.Time;

/// <summary>A timer of a <see cref="VirtualClock"/>, whose lock guards the properties.</summary>
/// <param name="clock">The clock.</param>
/// <param name="callback">What it calls.</param>
/// <param name="state">The argument.</param>
/// <param name="kind">What it is for.</param>
internal sealed class VirtualTimer(VirtualClock clock, TimerCallback callback, object? state, TimerKind kind) : ITimer
{
    private readonly ExecutionContext? _context = kind is TimerKind.Driver or TimerKind.Loop
        ? null
        : ExecutionContext.Capture();

    /// <summary>What it is for.</summary>
    public TimerKind Kind => kind;

    /// <summary>True from <see cref="Dispose"/> on: it never fires again.</summary>
    public bool IsDisposed { get; set; }

    /// <summary>The time between two firings; zero or infinite for one firing.</summary>
    public TimeSpan Period { get; set; }

    /// <summary>True while the timer will fire.</summary>
    public bool IsSet { get; set; }

    /// <summary>Which setting of the clock's it is.</summary>
    public long Setting { get; set; }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period) => clock.Change(this, dueTime, period);

    /// <summary>Calls the callback in the context in which the timer was created, as the system's timers do.</summary>
    public void Fire()
    {
        if (_context is null)
            callback(state);
        else
            ExecutionContext.Run(_context, static timer => ((VirtualTimer)timer!).Call(), this);
    }

    /// <inheritdoc/>
    public void Dispose() => clock.Stop(this);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Call() => callback(state);
}
