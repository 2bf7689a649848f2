using System.Runtime.CompilerServices;

namespace UserTcp.Simulation.Links;

/// <summary>
/// Decisions as a function of what they are about: a hash of the seed, the link, the packet's number and the kind of fault. Nothing is
/// drawn in sequence, so leaving out one fault leaves all others as they were.
/// </summary>
internal static class Mix
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    /// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ulong value)
    {
        unchecked
        {
            value += Golden;
            value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
            value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
            return value ^ (value >> 31);
        }
    }

    public static ulong Of(ulong a, ulong b) => Of(Of(a) ^ b);

    public static ulong Of(ulong seed, int link, long packet, int kind) => Of(Of(Of(seed, (ulong)link), (ulong)packet), (ulong)kind);

    /// <summary>The hash as a number from 0 to below 1.</summary>
    public static double Fraction(ulong hash) => (hash >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 to below <paramref name="limit"/>.</summary>
    public static long Below(ulong hash, long limit) => limit <= 0 ? 0 : (long)(hash % (ulong)limit);
}

/// <summary>A sequence of numbers from a seed, for what is decided once, before a run.</summary>
internal struct MixSequence(ulong seed)
{
    private ulong _count;

    public ulong Next() => Mix.Of(seed, _count++);

    public double Fraction() => Mix.Fraction(Next());

    public bool Chance(double probability) => Fraction() < probability;

    /// <summary>A number from <paramref name="min"/> to <paramref name="most"/>.</summary>
    public long Between(long min, long most) => min + Mix.Below(Next(), most - min + 1);

    /// <summary>A number from <paramref name="min"/> to <paramref name="most"/>, each order of magnitude as likely as the other.</summary>
    public long Scaled(long min, long most) =>
        Math.Clamp((long)(min * Math.Pow((double)most / min, Fraction())), min, most);

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[(int)Between(0, choices.Length - 1)];
}
