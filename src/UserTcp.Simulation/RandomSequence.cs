using UserTcp.Impairment;

namespace UserTcp.Simulation;

/// <summary>A sequence of random numbers from a seed, for decisions made before a run.</summary>
internal struct RandomSequence(ulong seed)
{
    private ulong _count;

    public ulong Next() => SplitMix64.Hash(seed, _count++);

    /// <summary>A number from 0 up to, but not including, 1.</summary>
    public double Fraction() => SplitMix64.ToFraction(Next());

    public bool Chance(double probability) => Fraction() < probability;

    /// <summary>A number from <paramref name="min"/> to <paramref name="max"/>, both included.</summary>
    public long Between(long min, long max) => min + SplitMix64.ToRange(Next(), max - min + 1);

    /// <summary>
    /// A number from <paramref name="min"/> to <paramref name="max"/>, log-uniform: each order of magnitude is equally
    /// likely.
    /// </summary>
    public long Scaled(long min, long max) =>
        Math.Clamp((long)(min * Math.Pow((double)max / min, Fraction())), min, max);

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[(int)Between(0, choices.Length - 1)];
}
