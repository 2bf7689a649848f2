namespace UserTcp.Differential.Generating;

/// <summary>Random numbers from a seed (SplitMix64; Steele, Lea and Flood, 2014).</summary>
internal sealed class Dice(ulong seed)
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private ulong _state = seed;

    public ulong Next()
    {
        unchecked
        {
            _state += Golden;
            var value = _state;
            value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
            value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
            return value ^ (value >> 31);
        }
    }

    /// <summary>A number from 0 to <paramref name="limit"/> - 1.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public bool Chance(int percent) => Below(100) < percent;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];
}
