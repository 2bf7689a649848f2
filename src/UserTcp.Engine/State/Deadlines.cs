using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.State;

/// <summary>The deadlines of a connection that has some. <see cref="TimerQueue"/> lends them.</summary>
internal sealed class Deadlines
{
    public const int NotQueued = -1;
    private const int Count = (int)TcbTimer.MinProgress + 1;

    private Times _times;

    public Deadlines() => StopAll();

    /// <summary>Whose they are.</summary>
    public Tcb? Tcb { get; set; }

    /// <summary>The place in the queue's heap.</summary>
    public int Place { get; set; } = NotQueued;

    /// <summary>
    /// While <see cref="TcbTimer.MinProgress"/> runs: what <see cref="MinProgress"/> wants the peer to have acknowledged when it
    /// expires, in bytes over the connection's life.
    /// </summary>
    public long ProgressTarget { get; set; }

    /// <summary>The deadline that orders the heap; none that runs is earlier.</summary>
    public MonotonicTime QueuedFor { get; set; }

    public MonotonicTime Earliest
    {
        get
        {
            var earliest = _times[0];
            for (var i = 1; i < Count; i++)
                earliest = MonotonicTime.Min(earliest, _times[i]);
            return earliest;
        }
    }

    public MonotonicTime this[TcbTimer timer]
    {
        get => _times[(int)timer];
        set => _times[(int)timer] = value;
    }

    public void StopAll() => _times[..].Fill(MonotonicTime.Never);

    [InlineArray(Count)]
    private struct Times
    {
        private MonotonicTime _first;
    }
}
