using UserTcp.Fuzz.Running;
using Xunit;

namespace UserTcp.Fuzz.Tests;

/// <summary>Fixed findings stay fixed, and the checked-in corpus has no findings.</summary>
public class ReplayTests
{
    public static TheoryData<string> Regressions =>
        [.. Directory.GetFiles(Folder, "*.fuzz").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> TargetNames => [.. Targets.Names];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Regressions");

    [Theory]
    [MemberData(nameof(Regressions))]
    public void A_finding_stays_fixed(string file)
    {
        var found = FuzzCase.Parse(File.ReadAllText(Path.Combine(Folder, file)));
        var target = Targets.Find(found.Target)!();

        target.Run(found.Input, new Features());
    }

    [Theory]
    [MemberData(nameof(TargetNames))]
    public void The_corpus_has_no_findings(string name)
    {
        var target = Targets.Find(name)!();

        Assert.All(Corpus.Of(name), input => target.Run(input, new Features()));
    }

    [Theory]
    [MemberData(nameof(TargetNames))]
    public void The_first_inputs_have_no_findings_and_reach_features(string name)
    {
        var runner = new InputRunner(Targets.Find(name)!());
        for (ulong number = 0; number < 300; number++)
            runner.Run(number);

        Assert.Empty(runner.Failures.Where(failure => failure.Kind != "slow")
            .Select(failure => $"{failure.Number} {failure.Kind}: {failure.Message}"));
        Assert.Equal(300, runner.Inputs);
        Assert.True(runner.Features.Count + runner.Features.Counts.Count() > 3, $"{runner.Features.Count} features");
    }

    [Fact]
    public void The_corpus_of_the_whole_engine_reaches_most_counters()
    {
        var target = Targets.Find("engine")!();
        var features = new Features();
        foreach (var input in Corpus.Of("engine"))
            target.Run(input, features);

        Assert.True(features.Counts.Count(pair => pair.Key.StartsWith("counter.", StringComparison.Ordinal)) > 40);
    }
}
