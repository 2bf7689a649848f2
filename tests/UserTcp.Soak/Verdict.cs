using UserTcp.Soak.Sampling;
using UserTcp.Soak.Trends;

namespace UserTcp.Soak;

/// <summary>A slope and its judgement by the limit.</summary>
internal sealed record Judgement(Limit Limit, Slope Slope, Trend Trend);

/// <summary>The verdict of a run: slopes after the warm-up, and leaks between start and end.</summary>
internal sealed class Verdict
{
    /// <summary>
    /// The warm-up: pools approach their max number of rented blocks, tiered compilation runs, and the GC adapts to the
    /// load. Memory still rises, ever more slowly.
    /// </summary>
    private const double WarmUp = 0.5;

    /// <summary>
    /// The min duration that distinguishes 1 MiB an hour from noise. Shorter runs show slopes without a judgement.
    /// </summary>
    private const double MinJudgedHours = 0.5;

    private const int MemoryWindows = 40;

    /// <summary>The min number of laps for a judgement of descriptors.</summary>
    private const int MinLaps = 4;

    private readonly bool _isJudged;

    public Verdict(IReadOnlyList<Sample> loaded, IReadOnlyList<Sample> settled, Findings findings)
    {
        var end = settled.Count == 0 ? 0 : settled[^1].Hours;
        var warm = end * WarmUp;
        _isJudged = end - warm >= MinJudgedHours;
        var (load, quiet) = (After(loaded, warm), After(settled, warm));
        Judgements =
        [
            Memory("rss under load", load, sample => sample.Rss),
            Memory("heap under load", load, sample => sample.Heap),
            Memory("rss when quiet", quiet, sample => sample.Rss),
            Memory("heap when quiet", quiet, sample => sample.Heap),
            Memory("pinned heap when quiet", quiet, sample => sample.Pinned),
            Count("descriptors under load", load, sample => sample.Descriptors),
            Count("descriptors when quiet", quiet, sample => sample.Descriptors),
            Count("threads under load", load, sample => sample.Threads),
        ];
        foreach (var judgement in Judgements.Where(judgement => judgement.Trend == Trend.Grows))
        {
            findings.Add(
                "slope",
                $"{judgement.Limit.Name} grows by {judgement.Slope.PerHour:0.###} {judgement.Limit.Unit}/h, minimum "
                + $"{judgement.Slope.Low:0.###}");
        }

        FindOpenDescriptors(settled, findings);
    }

    public IReadOnlyList<Judgement> Judgements { get; }

    private static List<Sample> After(IReadOnlyList<Sample> samples, double hours) =>
        [.. samples.Where(sample => sample.Hours >= hours)];

    private Judgement Memory(string name, List<Sample> samples, Func<Sample, double> read)
    {
        var (hours, values) = LowerEdge.Of(Hours(samples), [.. samples.Select(read)], MemoryWindows);
        return Judge(new Limit(name, "MiB", 1), Slope.Fit(hours, values));
    }

    private Judgement Count(string name, List<Sample> samples, Func<Sample, double> read)
    {
        // Load fluctuates: growth raises the minimum of each window.
        var (hours, values) = LowerEdge.Of(Hours(samples), [.. samples.Select(read)], MemoryWindows);
        return Judge(new Limit(name, "", 1), Slope.Fit(hours, values));
    }

    private static List<double> Hours(List<Sample> samples) => [.. samples.Select(sample => sample.Hours)];

    private Judgement Judge(Limit limit, Slope slope) =>
        new(limit, slope, _isJudged ? limit.Judge(slope) : Trend.TooShort);

    /// <summary>
    /// Compares the end with the first half: some descriptors are opened once on first use. The min of the last two
    /// samples, since one may have a short-lived descriptor.
    /// </summary>
    private static void FindOpenDescriptors(IReadOnlyList<Sample> settled, Findings findings)
    {
        if (settled.Count < MinLaps)
            return;
        var before = settled.Take(settled.Count / 2).Max(sample => sample.Descriptors);
        var after = settled.TakeLast(2).Min(sample => sample.Descriptors);
        if (after > before)
            findings.Add("end", $"{after} descriptors are open, and {before} were after the warm-up");
    }
}
