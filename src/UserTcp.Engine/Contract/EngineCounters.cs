namespace UserTcp.Engine.Contract;

/// <summary>The values of all <see cref="Counter"/>s. The engine's thread owns them; a copy may be kept.</summary>
public sealed class EngineCounters
{
    private readonly long[] _values = new long[Enum.GetValues<Counter>().Length];

    /// <summary>The value of one counter.</summary>
    public long this[Counter counter] => _values[(int)counter];

    /// <summary>A copy that does not change.</summary>
    public EngineCounters Snapshot()
    {
        var copy = new EngineCounters();
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    /// <summary>The sum of the counters of several engines.</summary>
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
