using UserTcp.Differential.Comparing;
using UserTcp.Differential.Generating;
using UserTcp.Differential.Scripts;
using Xunit;

namespace UserTcp.Differential.Tests;

/// <summary>Scripts on the engine in virtual time and on the kernel in a network namespace.</summary>
public sealed class BothStacksTests
{
    public static TheoryData<string> Written => Files("Scripts");

    public static TheoryData<string> Regressions => Files("Regressions");

    [Theory]
    [MemberData(nameof(Written))]
    public void A_written_script_holds_on_both(string file)
    {
        var script = Script.Parse(Text("Scripts", file));

        Assert.Equal((null, null), Batch.WithKernel((engine, kernel) =>
            (ScriptCheck.Run(script, engine, StackKind.Engine), ScriptCheck.Run(script, kernel, StackKind.Linux))));
    }

    /// <summary>The first line of a regression has the rules that explain it, or "alike".</summary>
    [Theory]
    [MemberData(nameof(Regressions))]
    public void A_past_difference_is_alike_or_explained(string file)
    {
        var text = Text("Regressions", file);
        var script = Script.Parse(text);

        var verdict = Batch.WithKernel((engine, kernel) => Comparison.Run(script, engine, kernel));

        Assert.Null(verdict.Unexplained);
        Assert.StartsWith(
            $"# {(verdict.Rules.Count == 0 ? "alike" : string.Join(", ", verdict.Rules.Select(rule => rule.Name)))}\n",
            text, StringComparison.Ordinal);
    }

    private static string Text(string folder, string file) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, folder, file));

    private static TheoryData<string> Files(string folder) =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, folder), "*.txt")
            .Select(file => Path.GetFileName(file))
            .Order(StringComparer.Ordinal)];
}
