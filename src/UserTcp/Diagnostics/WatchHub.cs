using System.Threading.Channels;
using UserTcp.Engine.Contract;

namespace UserTcp.Diagnostics;

/// <summary>
/// Passes observations on to all watchers. The engines have an observer only while there is a watcher.
/// </summary>
/// <param name="permanent">
/// The application's observer. When it throws, it is not called again, and the stack goes on.
/// </param>
/// <param name="onError">Called with the permanent observer's exception.</param>
/// <param name="maxWatchers">Max watchers at a time.</param>
/// <param name="isShared">
/// True when several engines are observed: a lock then passes on one observation at a time.
/// </param>
internal sealed class WatchHub(
    IEngineObserver? permanent, Action<Exception>? onError = null, int maxWatchers = int.MaxValue,
    bool isShared = false) : IEngineObserver
{
    /// <summary>Max observations that wait for a watcher.</summary>
    private const int QueueLength = 4096;

    private readonly Lock _gate = new();
    private readonly Lock _order = new();
    private IEngineObserver? _permanent = permanent;
    private Channel<SegmentObservation>[] _watchers = [];
    private long _dropped;
    private bool _isComplete;

    /// <summary>The engines' observer: this object, or null while there is no watcher.</summary>
    public IEngineObserver? Observer =>
        Volatile.Read(ref _watchers).Length == 0 && Volatile.Read(ref _permanent) is null ? null : this;

    /// <summary>Observations dropped because a watcher was too slow.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Adds a watcher, and returns its queue, which drops the oldest observation when it is full.</summary>
    /// <exception cref="InvalidOperationException">There are as many watchers as are allowed.</exception>
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
            {
                watcher.Writer.Complete();
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
        }

        return watcher;
    }

    /// <summary>Removes a watcher.</summary>
    public void Remove(Channel<SegmentObservation> watcher)
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
                watcher.Writer.Complete();
            _watchers = [];
        }
    }

    /// <inheritdoc/>
    public void OnSegment(in SegmentObservation observation)
    {
        if (!isShared)
        {
            PassOn(in observation);
            return;
        }

        lock (_order)
            PassOn(in observation);
    }

    private void PassOn(in SegmentObservation observation)
    {
        if (_permanent is { } observer)
            Call(observer, in observation);
        foreach (var watcher in Volatile.Read(ref _watchers))
            watcher.Writer.TryWrite(observation);
    }

    private void Call(IEngineObserver observer, in SegmentObservation observation)
    {
        try
        {
            observer.OnSegment(in observation);
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _permanent, null);
            if (onError is not null)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    static call => call.OnError(call.Error), (OnError: onError, Error: exception), preferLocal: false);
            }
        }
    }
}
