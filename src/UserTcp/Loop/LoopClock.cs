using UserTcp.Engine.Contract;

namespace UserTcp.Loop;

/// <summary>The monotonic clock of one stack, counted from its start.</summary>
/// <param name="time">The source of the time.</param>
internal sealed class LoopClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>The time since the clock was created.</summary>
    public MonotonicTime Now => new(time.GetElapsedTime(_start).Ticks);
}
