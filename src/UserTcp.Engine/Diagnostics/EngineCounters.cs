namespace UserTcp.Engine.Diagnostics;

/// <summary>The values of all <see cref="Counter"/>s. Owned by the engine's thread; a copy may be kept.</summary>
public sealed class EngineCounters
{
    private readonly long[] _values = new long[Enum.GetValues<Counter>().Length];

    /// <summary>The value of one counter.</summary>
    public long this[Counter counter] => _values[(int)counter];

    /// <summary>A copy that stays as it is.</summary>
    public EngineCounters Snapshot()
    {
        var copy = new EngineCounters();
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    internal void Add(Counter counter, long amount = 1) => _values[(int)counter] += amount;
}
