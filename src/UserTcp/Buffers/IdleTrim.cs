using UserTcp.Engine.Contract;

namespace UserTcp.Buffers;

/// <summary>
/// Drops the blocks of one loop's pool that have been idle for an interval. Runs on the loop's thread and time, and
/// only while there is something to drop: an idle loop is not woken for it.
/// </summary>
/// <param name="pool">The loop's pool.</param>
/// <param name="budget">Its budget.</param>
/// <param name="interval">The interval; infinite drops nothing.</param>
internal sealed class IdleTrim(SharedBlockPool pool, MemoryBudget budget, TimeSpan interval)
{
    /// <summary>Frames a second from which on a loop counts as busy.</summary>
    private const int BusyRate = 1000;

    private readonly bool _isOff = interval == Timeout.InfiniteTimeSpan;
    private long _frames;

    /// <summary>When <see cref="Run"/> is due.</summary>
    public MonotonicTime Due { get; private set; } = MonotonicTime.Never;

    /// <summary>True when the loop should call <see cref="Run"/>. Cheap enough for every turn.</summary>
    public bool IsDue(MonotonicTime now) => Due == MonotonicTime.Never ? HasWork : now >= Due;

    private bool HasWork => !_isOff && (pool.HasSpareBlocks || budget.IsReduced || budget.Release.IsPending);

    /// <summary>Begins an interval, or ends one. True when the caller is to collect the dropped blocks now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="frames">Frames that the loop has handled so far.</param>
    public bool Run(MonotonicTime now, long frames)
    {
        var isEnd = Due != MonotonicTime.Never && now >= Due;
        var isBusy = frames - _frames > BusyRate * interval.TotalSeconds;
        var collects = false;
        if (isEnd)
        {
            pool.Trim();
            budget.Recover();
            collects = budget.Release.TryStart(isBusy, interval, now);
        }
        else
        {
            pool.BeginTrim();
        }

        _frames = frames;
        Due = HasWork ? now + interval : MonotonicTime.Never;
        return collects;
    }
}
