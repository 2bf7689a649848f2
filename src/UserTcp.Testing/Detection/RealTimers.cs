using System.Collections.Concurrent;
using System.Diagnostics;

namespace UserTcp.Testing.Detection;

/// <summary>
/// Finds timers of real time when they are set, on the thread that does it: the runtime writes an event for each, and a
/// listener in the process is called at once. A library's guard, such as the limit of 5 s for a close, counts only when
/// it fires.
/// </summary>
/// <param name="findings">Gets what is found.</param>
/// <param name="isOtherTest">True on a thread that runs another test at that moment.</param>
internal sealed class RealTimers(Findings findings, Func<bool>? isOtherTest) : IDisposable
{
    /// <summary>Milliseconds: a timer that fires after an hour does so after the test.</summary>
    private const uint Never = 3_600_000;

    /// <summary>Max guards that are remembered.</summary>
    private const int MaxGuards = 1024;

    /// <summary>Frames of the listener.</summary>
    private const int SkippedFrames = 3;

    // The event has the timer's address: when the collector has moved it, its firing is not recognized.
    private readonly ConcurrentDictionary<long, string> _guards = [];

    /// <summary>The guards that are set: what a test that is stuck may wait for.</summary>
    public IEnumerable<string> Guards =>
        _guards.Values.Distinct().Select(guard => $"A timer of real time was set {guard}");

    /// <summary>Looks at all timers from now on, until it is disposed of.</summary>
    public static RealTimers Watch(Findings findings, Func<bool>? isOtherTest)
    {
        var watch = new RealTimers(findings, isOtherTest);
        TimerEvents.Watcher = watch;
        return watch;
    }

    /// <summary>Looks no more.</summary>
    public void Dispose() => TimerEvents.Watcher = null;

    /// <summary>A timer was set by the calling thread, to fire in so many milliseconds.</summary>
    public void OnSet(long timer, uint dueTime)
    {
        _guards.TryRemove(timer, out _);
        if (dueTime >= Never || isOtherTest?.Invoke() == true)
            return;
        // The file's information takes longer than all the rest: not for what does not matter.
        if (TimerUse.Judge(new StackTrace(SkippedFrames, fNeedFileInfo: false)) == TimerUse.Kind.Harmless)
            return;
        var stack = new StackTrace(SkippedFrames, fNeedFileInfo: true);
        if (TimerUse.Judge(stack) == TimerUse.Kind.Use)
            findings.Add($"A timer of real time was set {TimerUse.Describe(stack)}");
        else if (_guards.Count < MaxGuards)
            _guards[timer] = TimerUse.Describe(stack);
    }

    /// <summary>A timer has fired.</summary>
    public void OnFired(long timer)
    {
        if (_guards.TryRemove(timer, out var guard))
            findings.Add($"A timer of real time has fired that was set {guard}");
    }
}
