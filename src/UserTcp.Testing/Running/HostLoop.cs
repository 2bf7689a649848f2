using UserTcp.Testing.Time;

namespace UserTcp.Testing.Running;

/// <summary>A host's loop: it runs when its device is woken or a timer of its engine is due.</summary>
internal sealed class HostLoop
{
    private readonly VirtualClock _clock;
    private readonly UserTcpLoop _loop;
    private readonly ITimer _timer;
    private long _due = long.MaxValue;

    public HostLoop(VirtualClock clock, UserTcpLoop loop, Action<HostLoop> wake)
    {
        _clock = clock;
        _loop = loop;
        _timer = clock.CreateTimer(
            TimerKind.Loop,
            _ =>
            {
                _due = long.MaxValue;
                wake(this);
            },
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>True while the loop waits for its turn.</summary>
    public bool IsReady { get; set; }

    /// <summary>Runs until there is nothing to do at this time.</summary>
    public void Run()
    {
        var rest = _loop.RunUntilIdle();
        if (_loop.HasEnded)
        {
            _timer.Dispose();
            return;
        }

        if (rest == Timeout.InfiniteTimeSpan)
            return;
        // A timer that fires early costs a turn, and setting it anew each time costs more.
        var due = _clock.GetTimestamp() + rest.Ticks;
        if (due >= _due)
            return;
        _due = due;
        _timer.Change(rest, Timeout.InfiniteTimeSpan);
    }
}
