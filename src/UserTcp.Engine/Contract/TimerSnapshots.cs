using System.Collections;

namespace UserTcp.Engine.Contract;

/// <summary>A timer that runs.</summary>
/// <param name="Timer">The timer.</param>
/// <param name="DueIn">When it is due; negative when it is overdue.</param>
public readonly record struct TimerSnapshot(TcbTimer Timer, TimeSpan DueIn);

/// <summary>The timers of a connection that run. Two lists with the same timers are equal.</summary>
public sealed class TimerSnapshots : IReadOnlyList<TimerSnapshot>, IEquatable<TimerSnapshots>
{
    private readonly TimerSnapshot[] _timers;

    internal TimerSnapshots(params TimerSnapshot[] timers) => _timers = timers;

    /// <summary>No timer runs.</summary>
    public static TimerSnapshots None { get; } = new();

    /// <inheritdoc/>
    public int Count => _timers.Length;

    /// <inheritdoc/>
    public TimerSnapshot this[int index] => _timers[index];

    /// <inheritdoc/>
    public IEnumerator<TimerSnapshot> GetEnumerator() => _timers.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(TimerSnapshots? other) => other is not null && _timers.AsSpan().SequenceEqual(other._timers);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TimerSnapshots);

    /// <inheritdoc/>
    public override int GetHashCode() => _timers.Length;

    /// <summary>The timers in words.</summary>
    public override string ToString() => string.Join(", ", _timers.Select(timer => $"{timer.Timer} in {timer.DueIn}"));
}
