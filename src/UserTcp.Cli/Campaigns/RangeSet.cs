namespace UserTcp.Cli.Campaigns;

/// <summary>
/// Ranges put together: what they cover, what lies between them, and what more than one of them covers.
/// </summary>
internal sealed class RangeSet
{
    private RangeSet(IReadOnlyList<SeedRange> covered, IReadOnlyList<SeedRange> overlaps) =>
        (Covered, Overlaps) = (covered, overlaps);

    /// <summary>Disjoint, not adjacent, ascending.</summary>
    public IReadOnlyList<SeedRange> Covered { get; }

    /// <summary>The parts that two or more of the ranges have in common, ascending.</summary>
    public IReadOnlyList<SeedRange> Overlaps { get; }

    public UInt128 Count => Covered.Aggregate((UInt128)0, (sum, range) => sum + range.Count);

    public static RangeSet Of(IEnumerable<SeedRange> ranges)
    {
        var covered = new List<SeedRange>();
        var overlaps = new List<SeedRange>();
        foreach (var range in ranges.OrderBy(range => range.First).ThenBy(range => range.Last))
        {
            if (covered.Count == 0 || range.First > Next(covered[^1].Last))
            {
                covered.Add(range);
                continue;
            }

            var before = covered[^1];
            if (range.First <= before.Last)
                overlaps.Add(new SeedRange(range.First, Math.Min(range.Last, before.Last)));
            covered[^1] = before with { Last = Math.Max(before.Last, range.Last) };
        }

        return new RangeSet(covered, overlaps);
    }

    /// <summary>The gaps of a range; without one, the gaps between the first and the last seed.</summary>
    public IReadOnlyList<SeedRange> FindGaps(SeedRange? expected)
    {
        if (expected is null && Covered.Count == 0)
            return [];
        var whole = expected ?? new SeedRange(Covered[0].First, Covered[^1].Last);
        var gaps = new List<SeedRange>();
        UInt128 next = whole.First;
        foreach (var range in Covered)
        {
            if (range.First > next && next <= whole.Last)
                gaps.Add(new SeedRange((ulong)next, Math.Min(range.First - 1, whole.Last)));
            next = UInt128.Max(next, (UInt128)range.Last + 1);
        }

        if (next <= whole.Last)
            gaps.Add(new SeedRange((ulong)next, whole.Last));
        return gaps;
    }

    private static ulong Next(ulong number) => number == ulong.MaxValue ? number : number + 1;
}
