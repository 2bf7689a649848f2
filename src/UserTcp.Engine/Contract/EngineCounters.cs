namespace UserTcp.Engine.Contract;

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

    /// <summary>The counters of several engines together.</summary>
    public static EngineCounters Sum(IEnumerable<EngineCounters> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var sum = new EngineCounters();
        foreach (var part in parts)
        {
            for (var i = 0; i < sum._values.Length; i++)
                sum._values[i] += part._values[i];
        }

        return sum;
    }

    internal void Add(Counter counter, long amount = 1) => _values[(int)counter] += amount;
}
