using UserTcp.Cli.Campaigns;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The results of many ranges put together: what is covered, what is not, what failed.</summary>
public sealed class CampaignTests
{
    [Fact]
    public void Ranges_in_any_order_join()
    {
        var sim = Merge(Sim(51, 100), Sim(1, 50)).Groups["sim"];

        Assert.Equal([new SeedRange(1, 100)], sim.Ranges.Covered);
        Assert.Empty(sim.Gaps);
        Assert.Equal(100, sim.Sums["seeds"]);
        Assert.True(sim.IsClean);
    }

    [Fact]
    public void A_gap_is_found_and_is_not_clean()
    {
        var campaign = Merge(Sim(1, 10), Sim(21, 30), Sim(12, 12));

        Assert.Equal([new SeedRange(11, 11), new SeedRange(13, 20)], campaign.Groups["sim"].Gaps);
        Assert.False(campaign.IsClean);
    }

    [Theory]
    [InlineData(1, 40, "1..10 31..40")]
    [InlineData(15, 20, "")]
    [InlineData(25, 35, "31..35")]
    [InlineData(50, 60, "50..60")]
    [InlineData(1, 5, "1..5")]
    public void What_was_expected_and_is_not_covered_is_a_gap(ulong first, ulong last, string gaps)
    {
        var campaign = Merge(Sim(11, 30));
        campaign.Expect(new Expectation(null, new SeedRange(first, last)));

        Assert.Equal(gaps, string.Join(' ', campaign.Groups["sim"].Gaps));
        Assert.Equal(gaps.Length == 0, campaign.IsClean);
    }

    [Fact]
    public void A_tool_without_any_result_has_its_whole_range_for_a_gap()
    {
        var campaign = Merge(Sim(1, 10));
        campaign.Expect(Expectation.Parse("fuzz/engine=5..9")!);

        Assert.Equal([new SeedRange(5, 9)], campaign.Groups["fuzz/engine"].Gaps);
        Assert.False(campaign.IsClean);
    }

    [Fact]
    public void Overlaps_are_told_and_covered_once()
    {
        var sim = Merge(Sim(1, 20), Sim(11, 30), Sim(15, 16)).Groups["sim"];

        Assert.Equal((UInt128)30, sim.Ranges.Count);
        Assert.Equal([new SeedRange(11, 20), new SeedRange(15, 16)], sim.Ranges.Overlaps);
        Assert.True(sim.IsClean);
    }

    [Fact]
    public void Duplicates_count_once_however_long_they_took()
    {
        var sim = Merge(Sim(1, 10, seconds: 1), Sim(1, 10, seconds: 2)).Groups["sim"];

        Assert.Equal((1, 1), (sim.Results, sim.Duplicates));
        Assert.Equal(10, sim.Sums["seeds"]);
        Assert.True(sim.IsClean);
    }

    [Fact]
    public void Two_results_of_a_range_that_differ_are_a_conflict_and_lose_no_failure()
    {
        var sim = Merge(Sim(1, 10), Sim(1, 10, failures: """{"seed":7,"invariant":"I3"}""")).Groups["sim"];

        Assert.Equal([new SeedRange(1, 10)], sim.Conflicts);
        Assert.Equal(["""{"seed":7,"invariant":"I3"}"""], sim.Failures);
        Assert.False(sim.IsClean);
    }

    [Fact]
    public void A_failure_is_not_clean()
    {
        var campaign = Merge(Sim(1, 10, failures: "3, 9"));

        Assert.Equal(["3", "9"], campaign.Groups["sim"].Failures);
        Assert.False(campaign.IsClean);
    }

    [Fact]
    public void A_range_that_was_not_run_whole_is_not_clean()
    {
        var campaign = Merge("""{"tool":"diff","first":1,"last":10,"seeds":4,"failures":[]}""");

        Assert.Equal([new SeedRange(1, 10)], campaign.Groups["diff"].Incomplete);
        Assert.False(campaign.IsClean);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("[1]")]
    [InlineData("""{"tool":"sim","first":1,"last":10,"fail""")]
    [InlineData("""{"first":1,"last":10,"failures":[]}""")]
    [InlineData("""{"tool":"sim","first":1,"last":10}""")]
    [InlineData("""{"tool":"sim","first":10,"last":1,"failures":[]}""")]
    [InlineData("""{"tool":"sim","first":-1,"last":1,"failures":[]}""")]
    [InlineData("""{"tool":"sim","first":1,"last":2,"seconds":1e400,"failures":[]}""")]
    [InlineData("""{"tool":1,"first":1,"last":2,"failures":[]}""")]
    public void A_broken_line_is_told_and_the_others_count(string line)
    {
        var campaign = Merge(Sim(1, 10), line, "");

        Assert.StartsWith("test:2: ", Assert.Single(campaign.Broken), StringComparison.Ordinal);
        Assert.Equal((UInt128)10, campaign.Groups["sim"].Ranges.Count);
    }

    [Fact]
    public void Nothing_at_all_is_not_clean() => Assert.False(Merge().IsClean);

    [Fact]
    public void Tools_and_targets_are_counted_apart()
    {
        var campaign = Merge(
            Sim(1, 10),
            """
            {"tool":"fuzz","target":"engine","first":1,"last":5,"inputs":5,"failures":[],"coverage":{"a":0,"b":2}}
            """,
            """{"tool":"fuzz","target":"options","first":1,"last":3,"inputs":3,"failures":[],"coverage":{}}""");

        Assert.Equal(["fuzz/engine", "fuzz/options", "sim"], campaign.Groups.Keys);
        Assert.Equal(
            (0, 2),
            (campaign.Groups["fuzz/engine"].Met["coverage"]["a"], campaign.Groups["fuzz/engine"].Met["coverage"]["b"]));
    }

    [Fact]
    public void The_report_says_what_was_never_met()
    {
        using var output = new StringWriter();
        CampaignReport.Print(Merge(Sim(1, 10), Sim(11, 20)), output);

        Assert.Contains("happenings: Loss 4", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("happenings never met: Replay", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            "Replay", (string?)CampaignReport.ToJson(Merge(Sim(1, 10)))["groups"]![0]!["neverMet"]!["happenings"]![0]);
    }

    [Fact]
    public void All_seeds_of_64_bits_are_no_overflow()
    {
        var campaign = Merge(
            $$"""{"tool":"sim","first":1,"last":{{ulong.MaxValue}},"failures":[]}""",
            """{"tool":"sim","first":0,"last":0,"failures":[]}""");

        Assert.Equal([new SeedRange(0, ulong.MaxValue)], campaign.Groups["sim"].Ranges.Covered);
        Assert.Equal((UInt128)ulong.MaxValue + 1, campaign.Groups["sim"].Ranges.Count);
        Assert.Empty(campaign.Groups["sim"].Gaps);
    }

    private static string Sim(ulong first, ulong last, double seconds = 1, string failures = "") =>
        $$$"""{"tool":"sim","first":{{{first}}},"last":{{{last}}},"seeds":{{{last - first + 1}}},"failures":"""
        + $$$"""[{{{failures}}}],"happenings":{"Loss":2,"Replay":0},"seconds":{{{seconds}}}}""";

    private static Campaign Merge(params string[] lines)
    {
        var campaign = new Campaign();
        for (var i = 0; i < lines.Length; i++)
            campaign.Add(lines[i], $"test:{i + 1}");
        return campaign;
    }
}
