using System.Threading.Channels;
using UserTcp.Engine.Contract;

namespace UserTcp.Diagnostics;

/// <summary>
/// Spreads observations to everybody who watches. The engines are given an observer only while there is somebody to watch.
/// </summary>
/// <param name="permanent">The application's observer. When it throws, it is not called again: watching must not harm the stack.</param>
/// <param name="onError">Told what the permanent observer has thrown.</param>
/// <param name="maxWatchers">Watchers at a time.</param>
/// <param name="isShared">Whether several engines are observed, which takes a lock for each observation: they are told one at a time.</param>
internal sealed class WatchHub(IEngineObserver? permanent, Action<Exception>? onError = null, int maxWatchers = int.MaxValue, bool isShared = false) : IEngineObserver
{
    /// <summary>Observations that a watcher may lag behind.</summary>
    private const int QueueLength = 4096;

    private readonly Lock _gate = new();
    private readonly Lock _order = new();
    private IEngineObserver? _permanent = permanent;
    private Channel<SegmentObservation>[] _watchers = [];
    private long _dropped;
    private bool _isComplete;

    /// <summary>The observer that the engine needs now.</summary>
    public IEngineObserver? Observer => Volatile.Read(ref _watchers).Length == 0 && Volatile.Read(ref _permanent) is null ? null : this;

    /// <summary>Observations lost because a watcher lagged too far behind.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>A new watcher's queue, which drops its oldest observation when it is full.</summary>
    /// <exception cref="InvalidOperationException">There are as many as are allowed.</exception>
    public Channel<SegmentObservation> Add()
    {
        var options = new BoundedChannelOptions(QueueLength)
        {
            FullMode = BoundedChannelFullMode.DropOldest,
            SingleReader = true,
            SingleWriter = true,
        };
        var watcher = Channel.CreateBounded<SegmentObservation>(options, _ => Interlocked.Increment(ref _dropped));
        lock (_gate)
        {
            if (_isComplete)
                watcher.Writer.Complete();
            else if (_watchers.Length >= maxWatchers)
                throw new InvalidOperationException($"{maxWatchers} watch already, which is all that {nameof(UserTcpStackOptions)}.{nameof(UserTcpStackOptions.MaxWatchers)} allows: end one of them, or raise it.");
            else
                _watchers = [.. _watchers, watcher];
        }

        return watcher;
    }

    /// <summary>The watcher is gone.</summary>
    public void Remove(Channel<SegmentObservation> watcher)
    {
        lock (_gate)
            _watchers = Array.FindAll(_watchers, other => !ReferenceEquals(other, watcher));
    }

    /// <summary>Nothing more comes.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            foreach (var watcher in _watchers)
                watcher.Writer.Complete();
            _watchers = [];
        }
    }

    /// <inheritdoc/>
    public void OnSegment(in SegmentObservation observation)
    {
        if (!isShared)
        {
            Spread(in observation);
            return;
        }

        lock (_order)
            Spread(in observation);
    }

    private void Spread(in SegmentObservation observation)
    {
        if (_permanent is { } observer)
            Show(observer, in observation);
        foreach (var watcher in Volatile.Read(ref _watchers))
            watcher.Writer.TryWrite(observation);
    }

    private void Show(IEngineObserver observer, in SegmentObservation observation)
    {
        try
        {
            observer.OnSegment(in observation);
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _permanent, null);
            if (onError is not null)
                ThreadPool.UnsafeQueueUserWorkItem(static call => call.Tell(call.Error), (Tell: onError, Error: exception), preferLocal: false);
        }
    }
}
