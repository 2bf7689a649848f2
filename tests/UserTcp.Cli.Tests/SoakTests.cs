using UserTcp.Soak;
using UserTcp.Soak.Sampling;
using UserTcp.Soak.Traffic;
using UserTcp.Soak.Trends;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What the soak concludes from series that are made up.</summary>
public sealed class SoakTests
{
    private static readonly double[] Hours = [.. Enumerable.Range(0, 60).Select(minute => minute / 60.0)];

    [Fact]
    public void A_line_has_its_slope()
    {
        var slope = Slope.Fit(Hours, [.. Hours.Select(hour => 100 + (3 * hour))]);

        Assert.Equal(3, slope.PerHour, 6);
        Assert.Equal(3, slope.Low, 6);
        Assert.Equal(3, slope.High, 6);
    }

    [Fact]
    public void Outliers_do_not_move_a_slope()
    {
        var values = Hours.Select((hour, i) => (2 * hour) + (i % 7 == 0 ? 500 : 0)).ToArray();

        Assert.InRange(Slope.Fit(Hours, values).PerHour, 1.5, 2.5);
    }

    [Fact]
    public void Noise_around_a_level_is_no_growth_and_a_leak_in_noise_is()
    {
        var random = new Random(7);
        var noise = Hours.Select(_ => random.NextDouble() * 4).ToArray();
        var limit = new Limit("rss", "MiB", 1);

        var level = limit.Judge(Slope.Fit(Hours, noise));
        var leak = limit.Judge(Slope.Fit(Hours, [.. noise.Zip(Hours, (value, hour) => value + (20 * hour))]));

        Assert.NotEqual(Trend.Grows, level);
        Assert.Equal(Trend.Grows, leak);
    }

    [Fact]
    public void A_constant_is_flat() =>
        Assert.Equal(Trend.Flat, new Limit("descriptors", "", 1).Judge(Slope.Fit(Hours, [.. Hours.Select(_ => 42.0)])));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void A_few_points_prove_nothing(int count)
    {
        var slope = Slope.Fit(Hours[..count], [.. Hours[..count].Select(hour => 1000 * hour)]);

        Assert.Equal(Trend.Unclear, new Limit("rss", "MiB", 1).Judge(slope));
    }

    [Fact]
    public void The_lower_edge_is_the_min_of_each_window()
    {
        var (hours, values) = LowerEdge.Of([0, 1, 2, 3, 4], [5, 3, 9, 2, 8], 2);

        Assert.Equal([1, 3], hours);
        Assert.Equal([3, 2], values);
    }

    [Fact]
    public void A_leak_of_memory_and_of_descriptors_is_found()
    {
        var samples = Enumerable.Range(0, 120)
            .Select(minute => SampleAt(minute / 60.0, rss: 100 + minute, descriptors: 20 + (minute / 4)))
            .ToList();
        var findings = new Findings();

        var verdict = new Verdict(samples, samples, findings);

        Assert.Equal(
            Trend.Grows, verdict.Judgements.Single(judgement => judgement.Limit.Name == "rss under load").Trend);
        Assert.Equal(
            Trend.Grows,
            verdict.Judgements.Single(judgement => judgement.Limit.Name == "descriptors under load").Trend);
        Assert.Equal(
            Trend.Flat, verdict.Judgements.Single(judgement => judgement.Limit.Name == "threads under load").Trend);
        Assert.Contains(findings.Kept, finding => finding.Contains("descriptors are open", StringComparison.Ordinal));
    }

    [Fact]
    public void A_level_is_no_finding_and_a_short_run_is_not_judged()
    {
        var findings = new Findings();
        var level = Enumerable.Range(0, 120).Select(minute => SampleAt(minute / 60.0, rss: 100, descriptors: 20))
            .ToList();
        var brief = Enumerable.Range(0, 120)
            .Select(second => SampleAt(second / 3600.0, rss: 100 + second, descriptors: 20))
            .ToList();

        Assert.All(
            new Verdict(level, level, findings).Judgements, judgement => Assert.Equal(Trend.Flat, judgement.Trend));
        Assert.All(
            new Verdict(brief, brief, findings).Judgements, judgement => Assert.Equal(Trend.TooShort, judgement.Trend));
        Assert.Equal(0, findings.Total);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 5)]
    [InlineData(1021, 4096)]
    public void A_pattern_is_the_same_in_any_pieces_and_a_flipped_bit_is_found(int position, int length)
    {
        var data = new byte[length];
        Pattern.Fill(data, 99, position);
        Assert.Equal(-1, Pattern.FindMismatch(data, 99, position));
        for (var i = 0; i < length; i += 511)
        {
            Assert.Equal(-1, Pattern.FindMismatch(data.AsSpan(i), 99, position + i));
            data[i] ^= 0x10;
            Assert.Equal(position + i, Pattern.FindMismatch(data, 99, position));
            data[i] ^= 0x10;
        }
    }

    [Theory]
    [InlineData("--for 2h --load 0.5 --seed 9", true)]
    [InlineData("--for 90s", true)]
    [InlineData("--for 1s", false)]
    [InlineData("--for 2", false)]
    [InlineData("--for 1000000000000h", false)]
    [InlineData("--load 0", false)]
    [InlineData("--load 1.5", false)]
    [InlineData("--seed -1", false)]
    [InlineData("--seed", false)]
    [InlineData("--fast 1", false)]
    public void Options_are_checked(string arguments, bool isRight)
    {
        Assert.Equal(isRight, SoakOptions.TryParse(arguments.Split(' '), out _, out var problem));
        Assert.Equal(isRight, problem.Length == 0);
    }

    private static Sample SampleAt(double hours, double rss, int descriptors) => new()
    {
        Hours = hours,
        Rss = rss,
        Heap = 20,
        Pinned = 10,
        Descriptors = descriptors,
        Threads = 12,
        Blocks = 0,
        Timers = 0,
        Connections = 0,
        TimeWaits = 0,
    };
}
