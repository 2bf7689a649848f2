using UserTcp.Engine.Contract;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.State;

/// <summary>
/// The timers of one connection, each independent of the others. Most connections of a crowd are idle and have none running: to them
/// this is one empty reference. <see cref="TimerQueue.Set"/> starts a timer.
/// </summary>
internal struct TimerTable
{
    /// <summary>Only the queue changes it.</summary>
    public Deadlines? Running;

    public readonly MonotonicTime this[TcbTimer timer] => Running is { } running ? running[timer] : MonotonicTime.Never;

    public readonly MonotonicTime Earliest => Running is { } running ? running.Earliest : MonotonicTime.Never;

    public readonly bool IsRunning(TcbTimer timer) => this[timer] != MonotonicTime.Never;

    public readonly void Stop(TcbTimer timer)
    {
        if (Running is { } running)
            running[timer] = MonotonicTime.Never;
    }

    public readonly void StopAll() => Running?.StopAll();

    /// <summary>Stops the timer and says true when its deadline has come.</summary>
    public readonly bool TryExpire(TcbTimer timer, MonotonicTime now)
    {
        if (this[timer] > now)
            return false;
        Stop(timer);
        return true;
    }
}
