namespace UserTcp.Fuzz.Running;

/// <summary>SplitMix64: random numbers from a seed, the same on every machine.</summary>
internal struct Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Mixes two numbers into one.</summary>
    public static ulong Mix(ulong a, ulong b = 0)
    {
        var mixed = new Dice(a ^ (b * 0xD1B5_4A32_D192_ED03));
        return mixed.Next();
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; the bound must be positive.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (uint)bound) >> 32);

    /// <summary>A number from <paramref name="min"/> to <paramref name="max"/>, both included.</summary>
    public int Between(int min, int max) => min + Below(max - min + 1);

    /// <summary>True once in <paramref name="n"/> times.</summary>
    public bool OneIn(int n) => Below(n) == 0;

    /// <summary>One of the values with equal probability.</summary>
    public T Of<T>(ReadOnlySpan<T> values) => values[Below(values.Length)];

    /// <summary>A number of up to <paramref name="bits"/> bits, small ones as likely as large ones.</summary>
    public ulong OfMagnitude(int bits)
    {
        var length = Below(bits + 1);
        return length == 0 ? 0 : (1UL << (length - 1)) | (Next() & ((1UL << (length - 1)) - 1));
    }
}
