using UserTcp.Engine;

namespace UserTcp.Buffers;

/// <summary>
/// Decides when dropped blocks are worth a collection that gives their memory back to the system. The collector does that by itself only
/// when the process allocates on, and a process that had a burst and is idle does not.
/// </summary>
internal sealed class MemoryRelease(long limit)
{
    private const long MinGarbage = 16L << 20;
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(30);

    // So that a process with a small limit gets there as well.
    private readonly long _minGarbage = Math.Min(MinGarbage, Math.Max(limit / 16, 1));
    private readonly Lock _gate = new();
    private long _garbage;
    private MonotonicTime? _last;
    private MonotonicTime? _lastBusy;

    /// <summary>True while enough was dropped for a collection.</summary>
    public bool IsPending => Volatile.Read(ref _garbage) >= _minGarbage;

    /// <summary>Blocks of so many bytes were left to the collector.</summary>
    public void OnDropped(long bytes) => Interlocked.Add(ref _garbage, bytes);

    /// <summary>
    /// A loop has come to the end of an interval. True when the caller is to collect now: enough was dropped, no loop was busy for as long as
    /// an interval, and the last time is long ago.
    /// </summary>
    /// <param name="isBusy">The loop had much to do.</param>
    /// <param name="interval">How long an interval is.</param>
    /// <param name="now">The time.</param>
    public bool TryStart(bool isBusy, TimeSpan interval, MonotonicTime now)
    {
        lock (_gate)
        {
            if (isBusy)
                _lastBusy = now;
            if (!IsPending || isBusy || (_lastBusy is { } busy && now - busy < interval) || (_last is { } last && now - last < MinInterval))
                return false;
            _last = now;
            Interlocked.Exchange(ref _garbage, 0);
            return true;
        }
    }

    /// <summary>Collects and gives back; on the thread pool, as it takes milliseconds for which everything stands still.</summary>
    public static void Collect() => ThreadPool.UnsafeQueueUserWorkItem(
        static _ => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true), null);
}
