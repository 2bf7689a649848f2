using UserTcp.Engine.Contract;
using UserTcp.Recording;

namespace UserTcp.Loop;

/// <summary>
/// Numbers the events of a stack's engines and of its link, and passes them on to all watchers. The engines have an
/// observer only while there is a watcher.
/// </summary>
/// <param name="clock">
/// The stack's clock. An event gets the time at which it happened: the engine has only that of the loop's turn.
/// </param>
/// <param name="permanent">
/// The application's observer. When it throws, it is not called again, and the stack goes on.
/// </param>
/// <param name="onError">Called with the permanent observer's exception.</param>
/// <param name="maxWatchers">Max watchers at a time.</param>
internal sealed class WatchHub(
    LoopClock clock, IEngineObserver? permanent, Action<Exception>? onError = null, int maxWatchers = int.MaxValue)
    : IEngineObserver, ILinkObserver, IEventStamper
{
    /// <summary>Max events that wait for a watcher.</summary>
    private const int QueueLength = 4096;

    private readonly Lock _gate = new();
    private readonly Lock _order = new();
    private IEngineObserver? _permanent = permanent;
    private WatchQueue[] _watchers = [];
    private long _number;
    private long _missed;
    private bool _isComplete;

    /// <summary>The observer of engines and link: this object, or null while there is no watcher.</summary>
    public WatchHub? Observer =>
        Recorder is null && Volatile.Read(ref _watchers).Length == 0 && Volatile.Read(ref _permanent) is null
            ? null
            : this;

    /// <summary>Records all events from the first on; null when the stack is not recorded.</summary>
    public StackRecorder? Recorder { get; set; }

    /// <summary>The observer of one engine, which may record it; null while there is no watcher.</summary>
    public IEngineObserver? ObserverOf(int loop) => Recorder?[loop] ?? (IEngineObserver?)Observer;

    /// <inheritdoc/>
    public bool IsReady
    {
        get
        {
            if (Volatile.Read(ref _permanent) is { IsReady: true })
                return true;
            foreach (var watcher in Volatile.Read(ref _watchers))
            {
                if (watcher.HasRoom)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Events that a watcher has missed because it was too slow.</summary>
    public long Missed => Volatile.Read(ref _missed);

    /// <summary>Called when a watcher has room again: the engines may report what it has missed.</summary>
    public Action OnRoom { get; set; } = static () => { };

    /// <summary>Adds a watcher, and returns its queue.</summary>
    /// <exception cref="InvalidOperationException">There are as many watchers as are allowed.</exception>
    public WatchQueue Add()
    {
        lock (_gate)
        {
            var watcher = new WatchQueue(QueueLength, Volatile.Read(ref _number), () => OnRoom());
            if (_isComplete)
            {
                watcher.Complete();
            }
            else if (_watchers.Length >= maxWatchers)
            {
                throw new InvalidOperationException($"There are {maxWatchers} watchers already, the max of "
                    + $"{nameof(UserTcpStackOptions)}.{nameof(UserTcpStackOptions.MaxWatchers)}: end one of them, "
                    + "or raise it.");
            }
            else
            {
                _watchers = [.. _watchers, watcher];
            }

            return watcher;
        }
    }

    /// <summary>Removes a watcher.</summary>
    public void Remove(WatchQueue watcher)
    {
        lock (_gate)
            _watchers = Array.FindAll(_watchers, other => !ReferenceEquals(other, watcher));
    }

    /// <summary>The stack has ended: completes all queues.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            foreach (var watcher in _watchers)
                watcher.Complete();
            _watchers = [];
        }

        Recorder?.Close();
    }

    /// <inheritdoc/>
    public void OnEvent(in TraceEvent traceEvent) => Pass(in traceEvent);

    /// <inheritdoc/>
    public void OnVerdict(in LinkVerdict verdict) => OnVerdict(in verdict, default);

    /// <inheritdoc/>
    public void OnVerdict(in LinkVerdict verdict, ReadOnlySpan<byte> frame)
    {
        var traceEvent = new TraceEvent
        {
            Kind = TraceEventKind.Link,
            Time = MonotonicTime.Zero,
            Tuple = verdict.Tuple,
            Link = verdict,
        };
        lock (_order)
        {
            var stamp = Pass(in traceEvent);
            Recorder?.OnVerdict(in stamp, in verdict, frame);
        }
    }

    /// <inheritdoc/>
    public EventStamp Pass(in TraceEvent traceEvent)
    {
        lock (_order)
        {
            var number = _number + 1;
            Volatile.Write(ref _number, number);
            var now = clock.Now;
            PassOn(traceEvent with
            {
                Number = number,
                Time = now,
                Segment = traceEvent.Segment with { Time = now },
            });
            return new EventStamp(number, now);
        }
    }

    /// <inheritdoc/>
    public void OnMissed(long count)
    {
        lock (_order)
        {
            Volatile.Write(ref _number, _number + count);
            _missed += count * _watchers.Length;
            CallMissed(count);
            foreach (var watcher in Volatile.Read(ref _watchers))
                watcher.Miss(_number);
        }
    }

    private void PassOn(in TraceEvent traceEvent)
    {
        if (_permanent is { } observer)
        {
            if (observer.IsReady)
                Call(observer, in traceEvent);
            else
                CallMissed(1);
        }

        foreach (var watcher in Volatile.Read(ref _watchers))
        {
            if (!watcher.TryWrite(traceEvent))
                _missed++;
        }
    }

    private void Call(IEngineObserver observer, in TraceEvent traceEvent)
    {
        try
        {
            observer.OnEvent(in traceEvent);
        }
        catch (Exception exception)
        {
            Leave(exception);
        }
    }

    private void CallMissed(long count)
    {
        try
        {
            _permanent?.OnMissed(count);
        }
        catch (Exception exception)
        {
            Leave(exception);
        }
    }

    /// <summary>The permanent observer has thrown: it is called no more.</summary>
    private void Leave(Exception exception)
    {
        Volatile.Write(ref _permanent, null);
        if (onError is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static call => call.OnError(call.Error), (OnError: onError, Error: exception), preferLocal: false);
        }
    }
}
