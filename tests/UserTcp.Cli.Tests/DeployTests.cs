using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using UserTcp.Cli.Campaigns;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What spreads a campaign over machines: every seed is in one part, and the files say the same.</summary>
public sealed partial class DeployTests
{
    private const int Usage = 64;

    /// <summary>What the unit may set: systemd.unit(5), .service(5), .exec(5), .resource-control(5).</summary>
    private static readonly Dictionary<string, string> UnitSettings = new()
    {
        ["Unit"] = "Description Documentation After Before Wants Requires",
        ["Service"] =
            "Type ExecStart WatchdogSec Restart RestartSec RestartPreventExitStatus TimeoutStopSec DynamicUser "
            + "RuntimeDirectory WorkingDirectory Environment CapabilityBoundingSet AmbientCapabilities NoNewPrivileges "
            + "DevicePolicy DeviceAllow ProtectSystem ProtectHome PrivateTmp ProtectClock ProtectHostname "
            + "ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectControlGroups ProtectProc "
            + "RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID LockPersonality RemoveIPC "
            + "UMask SystemCallArchitectures SystemCallFilter SystemCallErrorNumber",
        ["Install"] = "WantedBy",
    };

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(1, 10, 4)]
    [InlineData(100, 106, 7)]
    [InlineData(0, 999_999_999_999_999_998, 3)]
    public async Task Parts_cover_the_range_once_and_differ_by_one_at_most(ulong first, ulong last, int parts)
    {
        var ranges = new List<SeedRange>();
        for (var index = 0; index < parts; index++)
        {
            var (exitCode, output, error) = await PartAsync(index, "--dry-run", "sim", $"{first}..{last}", Text(parts));
            Assert.True(exitCode == 0, error);
            Assert.True(SeedRange.TryParse(output.TrimEnd(), out var range), output);
            ranges.Add(range);
        }

        Assert.Equal(first, ranges[0].First);
        Assert.Equal(last, ranges[^1].Last);
        Assert.All(ranges.Zip(ranges.Skip(1)), pair => Assert.Equal(pair.First.Last + 1, pair.Second.First));
        Assert.True(ranges.Max(range => range.Count) - ranges.Min(range => range.Count) <= 1);
    }

    [Fact]
    public async Task A_part_for_which_nothing_is_left_runs_nothing()
    {
        var (exitCode, output, error) = await PartAsync(2, "sim", "5..6", "3");

        Assert.Equal((0, ""), (exitCode, output));
        Assert.Contains("part 2 is empty", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "sim", "1..10", "3")]
    [InlineData(-1, "sim", "1..10", "3")]
    [InlineData(null, "sim", "1..10", "3")]
    [InlineData(0, "sim", "10..1", "3")]
    [InlineData(0, "sim", "1-10", "3")]
    [InlineData(0, "sim", "1..10", "0")]
    [InlineData(0, "sim", "1..10", "x[$(false)]")]
    [InlineData(0, "sim", "1..99999999999999999999", "3")]
    [InlineData(0, "rm", "1..10", "3")]
    [InlineData(0, "fuzz/", "1..10", "3")]
    [InlineData(0, "sim", "1..10")]
    public async Task A_wrong_part_is_refused(int? index, params string[] arguments)
    {
        var (exitCode, output, error) = await PartAsync(index, arguments);

        Assert.Equal((Usage, ""), (exitCode, output));
        Assert.StartsWith("part: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sim", "sim --range 4..6 --json")]
    [InlineData("diff", "--range 4..6 --json")]
    [InlineData("fuzz/engine", "engine --range 4..6 --json")]
    public async Task A_part_runs_the_tool(string tool, string command)
    {
        var (exitCode, output, error) = await PartAsync(1, tool, "1..9", "3");

        Assert.True(exitCode == 0, error);
        Assert.Equal(command, output.TrimEnd());
    }

    [Fact]
    public void The_job_has_as_many_completions_as_parts()
    {
        var job = File.ReadAllText(PathOf("job.yaml"));

        var completions = Completions().Match(job).Groups[1].Value;
        var arguments = Arguments().Match(job).Groups;
        Assert.Equal(completions, arguments[2].Value);
        Assert.True(SeedRange.TryParse(arguments[1].Value, out _));
        Assert.Contains("completionMode: Indexed", job, StringComparison.Ordinal);
        Assert.DoesNotContain("privileged: true", job, StringComparison.Ordinal);
    }

    [Fact]
    public void The_image_names_no_registry_and_no_privileged_user()
    {
        var lines = File.ReadAllLines(PathOf("Containerfile"));

        Assert.Equal(
            ["FROM ${SDK_IMAGE} AS build", "FROM ${RUNTIME_IMAGE}"],
            lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)));
        Assert.Contains("USER 65532:65532", lines);
    }

    [Fact]
    public void The_service_has_one_capability_and_one_device()
    {
        var unit = File.ReadAllLines(Path.Combine(RootFolder(), "tools", "usertcp.service"));

        Assert.Equal(
            ["CapabilityBoundingSet=CAP_NET_ADMIN", "AmbientCapabilities=CAP_NET_ADMIN"],
            unit.Where(line => line.Contains("CAP_", StringComparison.Ordinal)));
        Assert.Contains("DevicePolicy=closed", unit);
        Assert.Equal(
            ["DeviceAllow=/dev/net/tun rw"],
            unit.Where(line => line.StartsWith("DeviceAllow", StringComparison.Ordinal)));
        Assert.Contains("Type=notify", unit);
    }

    [Fact]
    public void The_service_starts_up_with_options_that_exist()
    {
        var start = File.ReadLines(Path.Combine(RootFolder(), "tools", "usertcp.service"))
            .Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal));

        Assert.Empty(CommandTree.Parse(start.Split(' ')[1..]).Errors);
    }

    [Fact]
    public void The_service_has_settings_of_systemd_each_once_in_its_section()
    {
        var section = "";
        var seen = new HashSet<string>();
        foreach (var line in File.ReadLines(Path.Combine(RootFolder(), "tools", "usertcp.service")))
        {
            if (line is "" or ['#', ..])
                continue;
            if (line is ['[', .. var name, ']'])
            {
                Assert.True(UnitSettings.ContainsKey(section = name), line);
                continue;
            }

            var (setting, value) = (line.Split('=')[0], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            Assert.True(UnitSettings[section].Split(' ').Contains(setting), $"{line} in [{section}]");
            Assert.True(seen.Add(setting), $"{setting} is there twice");
            Assert.Equal(value.Trim(), value);
            Assert.NotEmpty(value);
        }

        Assert.Superset(new HashSet<string> { "ExecStart", "Type", "WantedBy" }, seen);
    }

    [Fact]
    public void The_image_of_the_command_names_no_registry()
    {
        var lines = File.ReadAllLines(Path.Combine(RootFolder(), "tools", "Containerfile"));

        Assert.Equal(
            ["FROM ${SDK_IMAGE} AS build", "FROM ${BASE_IMAGE}"],
            lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)));
        Assert.Contains("CMD [\"up\"]", lines);
        // Only root has the capability in its effective set.
        Assert.Contains("USER 0:0", lines);
    }

    [GeneratedRegex(@"^  completions: (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Completions();

    [GeneratedRegex(@"args: \[""sim"", ""([^""]+)"", ""(\d+)""\]")]
    private static partial Regex Arguments();

    /// <summary>Runs deploy/part with commands that print their arguments.</summary>
    private static async Task<(int ExitCode, string Output, string Error)> PartAsync(
        int? index, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [PathOf("part"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in new[] { "USERTCP_COMMAND", "USERTCP_DIFF_COMMAND", "USERTCP_FUZZ_COMMAND" })
            start.Environment[variable] = "echo";
        start.Environment["JOB_COMPLETION_INDEX"] = index is { } number ? Text(number) : null;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string PathOf(string file) => Path.Combine(RootFolder(), "deploy", file);

    private static string RootFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "UserTcp.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"There is no UserTcp.sln above {AppContext.BaseDirectory}.");
    }
}
