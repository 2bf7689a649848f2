using UserTcp.Impairment;

namespace UserTcp.Testing.Time;

/// <summary>
/// The time of a virtual network. It stands still while anything runs, and jumps to the next timer when all is idle.
/// Timers that are due at the same time fire in the order in which they were set, or in one that a seed permutes. Any
/// thread may set timers; the network's driver fires them.
/// </summary>
/// <param name="start">The time of day at the start.</param>
/// <param name="orderSeed">Permutes timers of the same time; 0 keeps their order.</param>
internal sealed class VirtualClock(DateTimeOffset start, ulong orderSeed) : TimeProvider
{
    /// <summary>Queued timers that are not worth a look.</summary>
    private const int MinQueue = 1024;

    /// <summary>The longest time of a timer (<see cref="Timer.Change(long, long)"/>).</summary>
    private static readonly TimeSpan _maxTime = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Lock _gate = new();
    private readonly PriorityQueue<(VirtualTimer Timer, long Setting), (long Due, ulong Order)> _due = new();
    private ulong _settings;
    private long _now;
    private long _lastForeground;
    private int _active;
    private int _foreground;

    /// <summary>Called on the thread that sets a timer, before it does.</summary>
    public Action? TimerSet { get; set; }

    /// <summary>The time since the start.</summary>
    public TimeSpan Elapsed => new(Volatile.Read(ref _now));

    /// <summary>Queues the callbacks of the application's timers; null calls them at once.</summary>
    public Action<Action>? Queue { get; set; }

    /// <summary>
    /// How long only background timers have fired, while no other one is set; zero while one is.
    /// </summary>
    public TimeSpan OnlyBackground
    {
        get
        {
            lock (_gate)
                return _foreground > 0 ? TimeSpan.Zero : new TimeSpan(_now - _lastForeground);
        }
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _now);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return CreateTimer(TimerKind.Application, callback, state, dueTime, period);
    }

    /// <summary>As the other one, for a kind of timer.</summary>
    public ITimer CreateTimer(
        TimerKind kind, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state, kind);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Jumps to the next timer and fires it; false when there is none.</summary>
    public bool TryFireNext()
    {
        VirtualTimer timer;
        lock (_gate)
        {
            if (!TryPeek(out timer!, out var due))
                return false;
            _due.Dequeue();
            _now = Math.Max(_now, due);
            if (IsForeground(timer))
                _lastForeground = _now;
            Unset(timer);
            if (timer.Period > TimeSpan.Zero)
                Set(timer, timer.Period);
        }

        if (timer.Kind is TimerKind.Driver or TimerKind.Loop || Queue is not { } queue)
            timer.Fire();
        else
            queue(timer.Fire);
        return true;
    }

    /// <summary>Sets or stops a timer. False when it has been disposed of.</summary>
    internal bool Change(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        CheckTime(dueTime, nameof(dueTime));
        CheckTime(period, nameof(period));
        TimerSet?.Invoke();
        lock (_gate)
        {
            if (timer.IsDisposed)
                return false;
            timer.Period = period;
            Unset(timer);
            if (dueTime != Timeout.InfiniteTimeSpan)
                Set(timer, dueTime);
            return true;
        }
    }

    /// <summary>Stops a timer for ever.</summary>
    internal void Stop(VirtualTimer timer)
    {
        TimerSet?.Invoke();
        lock (_gate)
        {
            timer.IsDisposed = true;
            Unset(timer);
        }
    }

    /// <summary>The limits of the system's timers.</summary>
    private static void CheckTime(TimeSpan time, string name)
    {
        if (time == Timeout.InfiniteTimeSpan)
            return;
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, _maxTime, name);
    }

    private static bool IsForeground(VirtualTimer timer) =>
        timer.Kind is TimerKind.Application or TimerKind.Driver;

    private void Unset(VirtualTimer timer)
    {
        if (!timer.IsSet)
            return;
        timer.IsSet = false;
        Count(timer, -1);
    }

    private void Count(VirtualTimer timer, int change)
    {
        _active += change;
        if (IsForeground(timer))
            _foreground += change;
    }

    private void Set(VirtualTimer timer, TimeSpan dueTime)
    {
        if (_due.Count > MinQueue + (2 * _active))
            RemoveStopped();
        var number = ++_settings;
        timer.IsSet = true;
        timer.Setting = (long)number;
        Count(timer, 1);
        _due.Enqueue(
            (timer, timer.Setting),
            (_now + dueTime.Ticks, orderSeed == 0 ? number : SplitMix64.Hash(orderSeed, number)));
    }

    /// <summary>A timer that is stopped or set anew stays queued; too many of them take memory.</summary>
    private void RemoveStopped()
    {
        var kept = _due.UnorderedItems.Where(item => IsCurrent(item.Element.Timer, item.Element.Setting)).ToArray();
        _due.Clear();
        _due.EnqueueRange(kept);
    }

    private static bool IsCurrent(VirtualTimer timer, long setting) => timer.IsSet && timer.Setting == setting;

    /// <summary>The next timer that is still set as it was queued.</summary>
    private bool TryPeek(out VirtualTimer? timer, out long due)
    {
        while (_due.TryPeek(out var queued, out var at))
        {
            if (IsCurrent(queued.Timer, queued.Setting))
            {
                (timer, due) = (queued.Timer, at.Due);
                return true;
            }

            _due.Dequeue();
        }

        (timer, due) = (null, 0);
        return false;
    }
}
