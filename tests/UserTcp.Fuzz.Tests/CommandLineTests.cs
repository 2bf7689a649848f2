using System.Text.Json;
using Xunit;

namespace UserTcp.Fuzz.Tests;

/// <summary>tools/fuzz as a program: its line of JSON, its exit codes.</summary>
public class CommandLineTests
{
    [Fact]
    public void A_range_is_one_line_of_json()
    {
        var (status, output, _) = Run("engine", "--range", "100..120", "--json");

        Assert.Equal(0, status);
        using var line = JsonDocument.Parse(Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        var root = line.RootElement;
        Assert.Equal(
            ["tool", "target", "first", "last", "inputs", "steps", "faults", "seconds", "coverage", "failures"],
            root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ("fuzz", "engine"), (root.GetProperty("tool").GetString(), root.GetProperty("target").GetString()));
        Assert.Equal(
            (100, 120, 21),
            (root.GetProperty("first").GetInt32(), root.GetProperty("last").GetInt32(), root.GetProperty("inputs")
                .GetInt32()));
        Assert.True(root.GetProperty("steps").GetInt64() > 21);
        Assert.True(root.GetProperty("coverage").GetProperty("counter.FramesReceived").GetInt64() > 0);
        Assert.Equal(0, root.GetProperty("failures").GetArrayLength());
    }

    [Fact]
    public void All_targets_are_listed()
    {
        var (status, output, _) = Run("--list");

        Assert.Equal(0, status);
        Assert.Equal(Targets.Names, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("say for how long")]
    [InlineData("there is no target 'nothing'", "nothing", "--range", "0..1")]
    [InlineData("'--range 5..1' does not make sense", "tcp", "--range", "5..1")]
    [InlineData("--range needs a target", "--range", "0..1")]
    [InlineData("'--for soon' does not make sense", "--for", "soon")]
    [InlineData("'--jobs 0' does not make sense", "--for", "1s", "--jobs", "0")]
    [InlineData("'--for' is no option, or has no value", "--for")]
    [InlineData("exclude each other", "tcp", "--range", "0..1", "--for", "1s")]
    public void Wrong_arguments_are_reported(string expected, params string[] args)
    {
        var (status, output, errors) = Run(args);

        Assert.Equal(64, status);
        Assert.Empty(output);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_66()
    {
        var (status, output, errors) = Run("--replay", "nowhere.fuzz");

        Assert.Equal((66, ""), (status, output));
        Assert.StartsWith("fuzz: --replay: ", errors, StringComparison.Ordinal);
        Assert.Contains("nowhere.fuzz", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_a_time_limit_has_a_line_for_its_target()
    {
        var (status, output, _) = Run("--for", "0.2s", "--target", "tcp", "--seed", "3");

        Assert.Equal(0, status);
        Assert.StartsWith($"{"tcp",-12} {3UL << 32}..", output, StringComparison.Ordinal);
    }

    private static (int Status, string Output, string Errors) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        return (CommandLine.Run(args, output, errors), output.ToString(), errors.ToString());
    }
}
