using System.Diagnostics;
using UserTcp.Engine.Contract;

namespace UserTcp.Loop;

/// <summary>The monotonic clock of one stack, counted from its start.</summary>
internal sealed class LoopClock
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>The time since the clock was created.</summary>
    public MonotonicTime Now => new(Stopwatch.GetElapsedTime(_start).Ticks);
}
