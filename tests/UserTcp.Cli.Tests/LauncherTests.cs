using System.Runtime.Versioning;
using UserTcp.Cli.Tests.Kit;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>
/// tools/usertcp: which build it makes and runs. The SDK and the linker are stand-ins, and nothing else is on the PATH.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class LauncherTests : IDisposable
{
    private const string NativeBuild = "publish";
    private const string FrameworkBuild = "build";

    private readonly LauncherTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task First_use_builds_the_native_program_and_runs_it()
    {
        _tree.Install("gcc");

        var first = await _tree.RunAsync("ss", "--json");
        var second = await _tree.RunAsync("ss", "--json");

        Assert.Equal((0, "native ss --json\n"), (first.ExitCode, first.Output));
        Assert.Equal((0, "native ss --json\n", ""), (second.ExitCode, second.Output, second.Error));
        Assert.Equal([NativeBuild], _tree.Builds);
    }

    [Fact]
    public async Task A_current_native_program_needs_neither_SDK_nor_linker()
    {
        _tree.Install("gcc");
        await _tree.RunAsync();
        _tree.Remove("gcc");
        _tree.Remove("dotnet");

        var outcome = await _tree.RunAsync();

        Assert.Equal(
            (0, "native\n", ""),
            (outcome.ExitCode, outcome.Output.Replace(" ", "", StringComparison.Ordinal), outcome.Error));
    }

    [Theory]
    [InlineData("src/UserTcp.Cli/Program.cs")]
    [InlineData("Directory.Build.props")]
    [InlineData("Directory.Build.targets")]
    public async Task Changed_sources_are_built_again(string file)
    {
        _tree.Install("clang");
        await _tree.RunAsync();
        _tree.Change(file);

        await _tree.RunAsync();

        Assert.Equal([NativeBuild, NativeBuild], _tree.Builds);
    }

    [Fact]
    public async Task Without_a_linker_the_framework_runs_it_until_there_is_one()
    {
        var without = await _tree.RunAsync("sim");
        _tree.Install("gcc");
        var with = await _tree.RunAsync("sim");

        Assert.Equal("framework sim\n", without.Output);
        Assert.Contains("gcc", without.Error, StringComparison.Ordinal);
        Assert.Equal("native sim\n", with.Output);
        Assert.Equal([FrameworkBuild, NativeBuild], _tree.Builds);
    }

    [Fact]
    public async Task A_failed_native_build_is_tried_again_only_for_other_sources()
    {
        _tree.Install("gcc");
        _tree.FailNativeBuilds();

        var first = await _tree.RunAsync("sim");
        var second = await _tree.RunAsync("sim");
        _tree.Change("src/UserTcp.Cli/Program.cs");
        await _tree.RunAsync("sim");

        Assert.Equal((0, "framework sim\n"), (first.ExitCode, first.Output));
        Assert.Contains("artifacts/usertcp/native.log", first.Error, StringComparison.Ordinal);
        Assert.Equal((0, "framework sim\n", ""), (second.ExitCode, second.Output, second.Error));
        Assert.Equal([NativeBuild, FrameworkBuild, NativeBuild, FrameworkBuild], _tree.Builds);
    }

    [Theory]
    [InlineData("gcc", "native")]
    [InlineData(null, "framework")]
    public async Task The_Tab_key_never_builds(string? linker, string program)
    {
        if (linker is not null)
            _tree.Install(linker);

        Assert.Equal(new Outcome(0, "", ""), await _tree.RunAsync("[suggest:9]", "usertcp s"));
        Assert.Empty(_tree.Builds);
        await _tree.RunAsync();
        _tree.Change("src/UserTcp.Cli/Program.cs");

        Assert.Equal(
            new Outcome(0, $"{program} [suggest:9] usertcp s\n", ""), await _tree.RunAsync("[suggest:9]", "usertcp s"));
        Assert.Single(_tree.Builds);
    }

    [Fact]
    public async Task A_variable_chooses_the_framework()
    {
        _tree.Install("gcc");
        await _tree.RunAsync();

        var outcome = await _tree.RunAsync([("USERTCP_NATIVE", "no")], "up");

        Assert.Equal((0, "framework up\n"), (outcome.ExitCode, outcome.Output));
        Assert.Equal([NativeBuild, FrameworkBuild], _tree.Builds);
    }

    [Fact]
    public async Task First_uses_at_once_build_once()
    {
        _tree.Install("gcc");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _tree.RunAsync("ss")));

        Assert.All(outcomes, outcome => Assert.Equal((0, "native ss\n"), (outcome.ExitCode, outcome.Output)));
        Assert.Equal([NativeBuild], _tree.Builds);
    }

    [Fact]
    public async Task Without_the_SDK_a_first_use_is_69()
    {
        _tree.Remove("dotnet");

        var outcome = await _tree.RunAsync("ss");

        Assert.Contains("SDK", outcome.Refused(69), StringComparison.Ordinal);
    }
}
