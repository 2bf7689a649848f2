using UserTcp.Engine.Contract;

namespace UserTcp.Buffers;

/// <summary>
/// Decides when to collect dropped blocks, which returns their memory to the system. The garbage collector runs only
/// when the process allocates, and a process that is idle after a burst does not.
/// </summary>
internal sealed class MemoryRelease(long limit)
{
    private const long DefaultMinGarbage = 16L << 20;
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(30);

    // Less with a small limit, which would never drop so much.
    private readonly long _minGarbage = Math.Min(DefaultMinGarbage, Math.Max(limit / 16, 1));
    private readonly Lock _gate = new();
    private long _garbage;
    private MonotonicTime? _last;
    private MonotonicTime? _lastBusy;

    /// <summary>True while enough was dropped for a collection.</summary>
    public bool IsPending => Volatile.Read(ref _garbage) >= _minGarbage;

    /// <summary>Blocks with <paramref name="bytes"/> bytes were left to the garbage collector.</summary>
    public void OnDropped(long bytes) => Interlocked.Add(ref _garbage, bytes);

    /// <summary>
    /// A loop has reached the end of an interval. True when the caller is to collect now: enough was dropped, no loop
    /// has been busy for an interval, and the last collection is long ago.
    /// </summary>
    /// <param name="isBusy">True when the loop was busy in the interval.</param>
    /// <param name="interval">The length of an interval.</param>
    /// <param name="now">The time.</param>
    public bool TryStart(bool isBusy, TimeSpan interval, MonotonicTime now)
    {
        lock (_gate)
        {
            if (isBusy)
                _lastBusy = now;
            if (!IsPending || isBusy || (_lastBusy is { } busy && now - busy < interval)
                || (_last is { } last && now - last < MinInterval))
                return false;
            _last = now;
            Interlocked.Exchange(ref _garbage, 0);
            return true;
        }
    }

    /// <summary>Collects, on the thread pool: a compacting collection pauses for milliseconds.</summary>
    public static void Collect() => ThreadPool.UnsafeQueueUserWorkItem(
        static _ => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true), null);
}
