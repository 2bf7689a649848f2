using System.Diagnostics;
using System.Globalization;
using UserTcp.Differential.Comparing;
using UserTcp.Differential.Generating;
using UserTcp.Differential.Stacks;
using Xunit;

namespace UserTcp.Differential.Tests;

/// <summary>Random scripts on both stacks.</summary>
public sealed class SeedTests
{
    private const int Seeds = 300;

    [Fact]
    public void Three_hundred_scripts_have_no_unexplained_difference()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            RunCommand();
            return;
        }

        var report = new Batch(first: 1, Seeds).Run(Environment.ProcessorCount, TestContext.Current.CancellationToken);

        Assert.Empty(report.Failures.Select(failure => $"{failure.Smallest.Script}{failure.Smallest.Unexplained}"));
        Assert.Equal(Seeds, report.Scripts);
        Assert.True(report.EndedEarly < Seeds / 2, $"{report.EndedEarly} of {Seeds} scripts ended early");
        Assert.All(
            Situation.States, state => Assert.True(report.States.ContainsKey(state), $"no script has reached {state}"));
    }

    [Fact]
    public void Every_rule_has_a_unique_name_and_names_the_RFC_or_the_decision()
    {
        Assert.Equal(
            Rules.All.Select(rule => rule.Name).Distinct().Count(), Rules.All.Select(rule => rule.Name).Count());
        Assert.All(Rules.All, rule => Assert.Matches("RFC [0-9]+|[Dd]ecision [0-9]{4}", rule.Why));
    }

    /// <summary>
    /// Without root a test process cannot make a network namespace. The command enters a user namespace, where it is
    /// root.
    /// </summary>
    private static void RunCommand()
    {
        string[] words = [Path.Combine(AppContext.BaseDirectory, "UserTcp.Differential.dll"), "--seeds", Seeds.ToString(
            CultureInfo.InvariantCulture)];
        using var command = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true })!;
        var said = command.StandardOutput.ReadToEnd();
        command.WaitForExit();
        Assert.True(command.ExitCode == 0, said);
    }
}
