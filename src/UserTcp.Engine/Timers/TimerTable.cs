using System.Runtime.CompilerServices;

namespace UserTcp.Engine.Timers;

/// <summary>The deadlines of one connection, each independent of the others.</summary>
internal struct TimerTable
{
    private const int Count = (int)TcbTimer.Patience + 1;

    private Deadlines _deadlines;

    public TimerTable() => _deadlines[..].Fill(MonotonicTime.Never);

    public readonly MonotonicTime this[TcbTimer timer] => _deadlines[(int)timer];

    public readonly MonotonicTime Earliest
    {
        get
        {
            var earliest = _deadlines[0];
            for (var i = 1; i < Count; i++)
                earliest = MonotonicTime.Min(earliest, _deadlines[i]);
            return earliest;
        }
    }

    public readonly bool IsRunning(TcbTimer timer) => _deadlines[(int)timer] != MonotonicTime.Never;

    public void Set(TcbTimer timer, MonotonicTime deadline) => _deadlines[(int)timer] = deadline;

    public void Stop(TcbTimer timer) => _deadlines[(int)timer] = MonotonicTime.Never;

    public void StopAll() => _deadlines[..].Fill(MonotonicTime.Never);

    /// <summary>Stops the timer and says true when its deadline has come.</summary>
    public bool TryExpire(TcbTimer timer, MonotonicTime now)
    {
        if (_deadlines[(int)timer] > now)
            return false;
        Stop(timer);
        return true;
    }

    [InlineArray(Count)]
    private struct Deadlines
    {
        private MonotonicTime _first;
    }
}
