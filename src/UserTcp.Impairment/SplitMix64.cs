using System.Runtime.CompilerServices;

namespace UserTcp.Impairment;

/// <summary>
/// Random numbers as a hash of what they decide, such as a seed, a flow, a packet number and a kind of fault. No number
/// depends on an earlier one, so leaving out one fault leaves all others as they were.
/// </summary>
public static class SplitMix64
{
    /// <summary>2^64 divided by the golden ratio, the increment of SplitMix64.</summary>
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    /// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(ulong value)
    {
        unchecked
        {
            value += Gamma;
            value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
            value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
            return value ^ (value >> 31);
        }
    }

    /// <summary>The hash of two values, in this order.</summary>
    public static ulong Hash(ulong first, ulong second) => Hash(Hash(first) ^ second);

    /// <summary>The hash for one decision about one packet of one flow, or of one link.</summary>
    public static ulong Hash(ulong seed, ulong flow, long packet, int kind) =>
        Hash(Hash(Hash(seed, flow), (ulong)packet), (ulong)kind);

    /// <summary>Maps a hash to a number from 0 up to, but not including, 1.</summary>
    public static double ToFraction(ulong hash) => (hash >> 11) * (1.0 / (1UL << 53));

    /// <summary>
    /// Maps a hash to a number from 0 up to, but not including, <paramref name="limit"/>; 0 when the limit is 0 or
    /// less.
    /// </summary>
    public static long ToRange(ulong hash, long limit) => limit <= 0 ? 0 : (long)(hash % (ulong)limit);
}
