using System.Text.Json.Nodes;
using UserTcp.Cli.Tests.Kit;
using UserTcp.Simulation;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>Ranges of seeds as commands: one JSON line each, the same each time, and put together again.</summary>
public sealed class CampaignCommandTests
{
    [Fact]
    public async Task A_range_of_seeds_gives_the_same_line_each_time()
    {
        using var cli = new CliProcess();

        var one = await SimAsync(cli, "7..10");
        var other = await SimAsync(cli, "7..10");

        Assert.Equal(
            ["sim", "7", "10", "4"], new[] { "tool", "first", "last", "seeds" }.Select(name => one[name]!.ToString()));
        Assert.Empty(one["failures"]!.AsArray());
        Assert.Equal(Enum.GetNames<Happening>(), one["happenings"]!.AsObject().Select(pair => pair.Key));
        Assert.True((double)one["simulatedHours"]! > 0);
        Assert.True((long)one["bytes"]! > 0);
        Assert.True(one.Remove("seconds") && other.Remove("seconds"));
        Assert.Equal(one.ToJsonString(), other.ToJsonString());
    }

    [Fact]
    public async Task Parts_add_up_to_the_whole()
    {
        using var cli = new CliProcess();
        JsonObject[] parts = [await SimAsync(cli, "1..2"), await SimAsync(cli, "3..4")];
        var file = Path.Combine(cli.Folder, "results");
        await File.WriteAllLinesAsync(
            file, parts.Select(part => part.ToJsonString()), TestContext.Current.CancellationToken);

        var whole = await SimAsync(cli, "1..4");
        var merged = await cli.RunAsync(["campaign", "--json", "--expect", "sim=1..4", file]);

        Assert.Equal(0, merged.ExitCode);
        var sums = JsonNode.Parse(merged.Output)!["groups"]![0]!["sums"]!;
        Assert.Equal((long)whole["bytes"]!, (long)sums["bytes"]!);
        Assert.Equal((long)whole["events"]!, (long)sums["events"]!);
    }

    [Fact]
    public async Task A_gap_fails()
    {
        using var cli = new CliProcess();
        var file = Path.Combine(cli.Folder, "results");
        await File.WriteAllTextAsync(
            file, """{"tool":"sim","first":1,"last":2,"failures":[]}""", TestContext.Current.CancellationToken);

        var outcome = await cli.RunAsync(["campaign", "--expect", "1..3", file]);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("gaps: 3..3", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sim --range 1", "--range: '1' is not a range such as 1..1000")]
    [InlineData("sim --range 9..1", "--range: '9..1' is not a range such as 1..1000")]
    [InlineData("sim --range 1..5000000000", "--range 1..5000000000: at most 2147483647 seeds in one run")]
    [InlineData("sim --range 1..5 --seeds 5", "--range excludes --seeds and --first-seed")]
    [InlineData(
        "sim --seeds 2 --first-seed 18446744073709551615",
        "--first-seed 18446744073709551615: fewer than 2 seeds follow it")]
    [InlineData("campaign --expect sim=1", "--expect: 'sim=1' is not a range such as 1..1000 or sim=1..1000")]
    public async Task What_is_no_range_is_refused(string arguments, string message)
    {
        using var cli = new CliProcess();

        var outcome = await cli.RunAsync(arguments.Split(' '));

        Assert.StartsWith($"usertcp: {message}", outcome.Refused(64), StringComparison.Ordinal);
    }

    private static async Task<JsonObject> SimAsync(CliProcess cli, string range)
    {
        var outcome = await cli.RunAsync(["sim", "--range", range, "--json"]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Equal(outcome.Output.Length - 1, outcome.Output.IndexOf('\n', StringComparison.Ordinal));
        return JsonNode.Parse(outcome.Output)!.AsObject();
    }
}
