namespace UserTcp.Fuzz.Running;

/// <summary>
/// The coverage of inputs: named counters, and tuples of small numbers (state, state, reason) as single bits, a cheap
/// stand-in for branch coverage. An input that sets a new bit is kept.
/// </summary>
internal sealed class Features
{
    private const int Bits = 1 << 16;

    private readonly ulong[] _seen = new ulong[Bits / 64];
    private readonly Dictionary<string, long> _counts = [];

    /// <summary>Bits set so far.</summary>
    public int Count { get; private set; }

    /// <summary>The named counters.</summary>
    public IEnumerable<KeyValuePair<string, long>> Counts => _counts.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Records that a tuple of numbers was reached.</summary>
    public void Hit(int kind, int a, int b = 0, int c = 0)
    {
        var hash = unchecked(((((((uint)kind * 31) + (uint)a) * 61) + (uint)b) * 127) + (uint)c);
        hash = (hash * 0x9E37_79B1) >> 16;
        ref var word = ref _seen[hash / 64];
        var bit = 1UL << (int)(hash % 64);
        if ((word & bit) != 0)
            return;
        word |= bit;
        Count++;
    }

    /// <summary>Adds to a named counter; zero is ignored.</summary>
    public void Add(string name, long count = 1)
    {
        if (count != 0)
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_counts, name, out _) += count;
    }

    /// <summary>Merges the coverage of another.</summary>
    public void Merge(Features other)
    {
        for (var i = 0; i < _seen.Length; i++)
            _seen[i] |= other._seen[i];
        Count = _seen.Sum(System.Numerics.BitOperations.PopCount);
        foreach (var (name, count) in other._counts)
            Add(name, count);
    }

    /// <summary>The bit length of a number, to keep tuples few.</summary>
    public static int Magnitude(long value) =>
        value <= 0 ? (value < 0 ? 65 : 0) : 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)value);
}
