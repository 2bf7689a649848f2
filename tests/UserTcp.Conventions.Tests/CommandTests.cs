using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using UserTcp.Cli.Doctor;
using UserTcp.Conventions.Tests.Support;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>
/// The commands in documents exist and have the options that they are given, and README's quick start runs.
/// </summary>
public partial class CommandTests
{
    private const string Launcher = "tools/usertcp";

    /// <summary>Scripts, each with the program that it starts.</summary>
    private static readonly Dictionary<string, string> Started = new()
    {
        [Launcher] = "UserTcp.Cli.dll",
        // Installed as a .NET tool.
        ["usertcp"] = "UserTcp.Cli.dll",
        ["tools/diff"] = "UserTcp.Differential.dll",
    };

    // Shell programs that every Debian has, or that tools/test installs.
    private static readonly HashSet<string> Programs =
        ["dotnet", "cd", "git", "curl", "nc", "sh", "parallel", "kubectl", "podman", "tshark"];

    private static readonly ConcurrentDictionary<string, Lazy<Task<CommandLine.Outcome>>> Helps = new();

    public static TheoryData<string, string> DocumentedCommands =>
    [
        .. Repository.Files("", ".md")
            .SelectMany(file => CommandsIn(new Markdown(file)).Select(command => (file, command)))
            .Distinct(),
    ];

    public static TheoryData<string> QuickStart =>
        [.. ShellCommandsIn(new Markdown("README.md"))
            .Where(command => command.StartsWith(Launcher, StringComparison.Ordinal))];

    [Fact]
    public void CI_runs_the_two_commands_of_README()
    {
        var commands = new Markdown("README.md").Blocks("sh").First().Commands.ToList();
        var ci = Repository.Read(".ci/run");

        Assert.Equal(["tools/usertcp demo", "tools/test"], commands);
        Assert.All(
            commands, command => Assert.Matches($@"(?m)(^|\s){Regex.Escape(command)}( --no-build)?( >\S+)?$", ci));
    }

    [Fact]
    public void Scripts_and_doctor_need_the_same_programs() => Assert.Equal(
        NeededProgram.All.Select(program => $"{program.Name}:{program.Package}").Order(StringComparer.Ordinal),
        NeededPackage().Matches(Repository.Read("tools/lib/machine.sh")).Select(match => match.Groups[1].Value)
            .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(DocumentedCommands))]
    public async Task A_documented_command_exists_with_its_options(string file, string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .SkipWhile(word => Assignment().IsMatch(word))
            .ToList();

        if (Started.TryGetValue(words[0], out var program))
            await AssertUnderstood(program, words.Skip(1).TakeWhile(word => word != "--").ToList());
        else if (words[0].Contains('/', StringComparison.Ordinal))
            Assert.True(File.Exists(Repository.PathOf(words[0])), $"{file}: there is no {words[0]}");
        else
            Assert.Contains(words[0], Programs);
        Assert.All(
            words.Where(word => word.StartsWith("tests/", StringComparison.Ordinal)),
            folder => Assert.True(Directory.Exists(Repository.PathOf(folder)), $"{file}: there is no {folder}"));
    }

    [Theory]
    [MemberData(nameof(QuickStart))]
    public async Task README_quick_start_runs(string command)
    {
        Need.Programs(command.Split(' ', '\''));
        if (!command.StartsWith($"{Launcher} sim", StringComparison.Ordinal))
            Need.Lab();

        var outcome = await CommandLine.RunAsync("bash", "-c", command);

        Assert.True(outcome.ExitCode == 0, $"{command}\nexits with {outcome.ExitCode}:\n{outcome.Error}");
        Assert.NotEmpty(outcome.Output);
    }

    /// <summary>NAME=VALUE before the program sets a variable.</summary>
    [GeneratedRegex(@"^[A-Z_][A-Z0-9_]*=")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(?m)^    ([\w-]+:[\w-]+)$")]
    private static partial Regex NeededPackage();

    private static IEnumerable<string> CommandsIn(Markdown document) =>
        ShellCommandsIn(document)
            .Concat(document.CodeSpans.Where(span => Started.ContainsKey(span.Split(' ')[0]) && span.Contains(' ')));

    private static IEnumerable<string> ShellCommandsIn(Markdown document) =>
        document.Blocks("sh").SelectMany(block => block.Commands);

    private static async Task AssertUnderstood(string assembly, List<string> words)
    {
        var program = Path.Combine(AppContext.BaseDirectory, assembly);
        var commands = words.TakeWhile(word => !word.StartsWith('-')).Take(1).ToArray();
        // Documents name the same command many times, and a start takes half a second.
        var help = await Helps.GetOrAdd(
            string.Join(' ', [program, .. commands]),
            _ => new(() => CommandLine.RunAsync("dotnet", [program, .. commands, "--help"]))).Value;

        Assert.True(
            help.ExitCode == 0,
            $"{assembly} {string.Join(' ', commands)} --help exits with {help.ExitCode}:\n{help.Error}");
        // Help on an unknown command would be the help of the program.
        Assert.All(commands, command => Assert.Matches($@"usertcp {Regex.Escape(command)}\b", help.Output));
        Assert.All(
            words.Where(word => word.StartsWith('-')).Select(word => word.Split('=')[0]),
            option => Assert.Matches($@"(^|[\s,]){Regex.Escape(option)}([\s,=]|$)", help.Output));
    }
}
