namespace UserTcp.Engine.Contract;

/// <summary>
/// A time on a monotonic clock, in ticks of 100 ns since an arbitrary start. The engine reads no clock: its caller
/// passes the time in. Differences are <see cref="TimeSpan"/>s.
/// </summary>
/// <param name="Ticks">Ticks of 100 ns since the clock's start.</param>
public readonly record struct MonotonicTime(long Ticks) : IComparable<MonotonicTime>
{
    /// <summary>The clock's start.</summary>
    public static readonly MonotonicTime Zero;

    /// <summary>Later than every other time.</summary>
    public static readonly MonotonicTime Never = new(long.MaxValue);

    /// <summary>The time <paramref name="span"/> later; <see cref="Never"/> on overflow.</summary>
    public static MonotonicTime operator +(MonotonicTime time, TimeSpan span)
    {
        var sum = unchecked(time.Ticks + span.Ticks);
        return span.Ticks > 0 && sum < time.Ticks ? Never : new MonotonicTime(sum);
    }

    /// <summary>The time <paramref name="span"/> earlier.</summary>
    public static MonotonicTime operator -(MonotonicTime time, TimeSpan span) => new(time.Ticks - span.Ticks);

    /// <summary>The time from <paramref name="right"/> to <paramref name="left"/>.</summary>
    public static TimeSpan operator -(MonotonicTime left, MonotonicTime right) => new(left.Ticks - right.Ticks);

    /// <summary>True when <paramref name="left"/> is earlier.</summary>
    public static bool operator <(MonotonicTime left, MonotonicTime right) => left.Ticks < right.Ticks;

    /// <summary>True when <paramref name="left"/> is later.</summary>
    public static bool operator >(MonotonicTime left, MonotonicTime right) => left.Ticks > right.Ticks;

    /// <summary>True when <paramref name="left"/> is not later.</summary>
    public static bool operator <=(MonotonicTime left, MonotonicTime right) => left.Ticks <= right.Ticks;

    /// <summary>True when <paramref name="left"/> is not earlier.</summary>
    public static bool operator >=(MonotonicTime left, MonotonicTime right) => left.Ticks >= right.Ticks;

    /// <summary>The earlier of the two.</summary>
    public static MonotonicTime Min(MonotonicTime left, MonotonicTime right) => left < right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(MonotonicTime other) => Ticks.CompareTo(other.Ticks);

    /// <summary>Seconds since the clock's start.</summary>
    public override string ToString() => this == Never ? "never" : new TimeSpan(Ticks).ToString("c", null);
}
