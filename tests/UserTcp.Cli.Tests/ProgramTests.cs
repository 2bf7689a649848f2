using UserTcp.Cli.Tests.Kit;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The program as a shell sees it: exit codes, data on standard output, words on standard error.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly CliProcess _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_wrong_command_line_is_64()
    {
        var outcome = await _program.RunAsync(["up", "--mtu", "large"]);

        Assert.StartsWith("usertcp: --mtu: 'large'", outcome.Refused(64), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_a_number()
    {
        var outcome = await _program.RunAsync(["--version"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"^\d+\.\d+\.\d+[-+.\w]*\n$", outcome.Output);
    }

    [Fact]
    public async Task Help_is_data_and_has_no_colours()
    {
        var outcome = await _program.RunAsync(["up", "--help"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("usertcp up", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', outcome.Output);
    }

    [Theory]
    [InlineData("--mtu 1279", "Mtu 1279 is too small for 2001:db8:75::2: IPv6 needs 1280 (RFC 8200 section 5).")]
    [InlineData(
        "--address 198.18.0.1",
        "KernelAddresses: 198.18.0.1 is the stack's own address; the kernel needs another one of the same network.")]
    public async Task Options_that_do_not_fit_together_are_78(string options, string message) =>
        Assert.Equal(
            $"usertcp: {message.Replace("{0}", _program.Folder, StringComparison.Ordinal)}",
            (await _program.RunAsync(["up", .. options.Split(' ')])).Refused(78));

    [Fact]
    public async Task A_variable_of_the_wrong_kind_is_78()
    {
        var outcome = await _program.RunAsync(["up"], ("UserTcp__Mtu", "large"));

        Assert.Contains("UserTcp:Mtu", outcome.Refused(78), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_are_no_JSON_are_78()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_program.Folder, "appsettings.json"), "{ mtu", TestContext.Current.CancellationToken);

        Assert.Contains("appsettings.json", (await _program.RunAsync(["up"])).Refused(78), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_TUN_node_that_is_missing_is_69()
    {
        var node = Path.Combine(_program.Folder, "tun");

        var outcome = await _program.RunAsync(["up"], ("UserTcp__ClonePath", node));

        Assert.Contains(node, outcome.Refused(69), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ss")]
    [InlineData("ss --json")]
    [InlineData("watch")]
    public async Task Without_a_stack_there_is_nothing_to_show(string arguments) =>
        Assert.Equal(
            "usertcp: no stack runs for this user: start one with 'usertcp up', or ask inside 'usertcp lab'",
            (await _program.RunAsync(arguments.Split(' '))).Refused(1));

    [Fact]
    public async Task A_stack_that_is_gone_is_told()
    {
        var outcome = await _program.RunAsync(["ss"], ("USERTCP_CONTROL", Path.Combine(_program.Folder, "1.sock")));

        Assert.StartsWith("usertcp: the stack does not answer (", outcome.Refused(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_has_a_finding_for_each_check_and_a_line_for_each_use()
    {
        var outcome = await _program.RunAsync(["doctor"]);

        Assert.Contains(outcome.ExitCode, new[] { 0, 69, 77 });
        Assert.Empty(outcome.Error);
        var parts = outcome.Output.TrimEnd('\n').Split("\n\n");
        Assert.All(parts[0].Split('\n'), line => Assert.Matches("^(ok   |warn |FAIL ) [a-z0-9 ]{12} .+$", line));
        Assert.All(
            new[] { "tun node", "namespaces", "tun device", "permissions", "addresses", "ipv6", "running", "curl" },
            check => Assert.Contains($" {check} ", parts[0], StringComparison.Ordinal));
        Assert.Collection(
            parts[1].Split('\n'), new[] { "demo", "lab", "up", "tests" }.Select(use =>
                (Action<string>)(line => Assert.Matches($"^{use}: (yes|no, .+)$", line))).ToArray());
    }

    [Fact]
    public async Task Doctor_without_capabilities_says_which_one_is_missing()
    {
        // Other users than root have none anyway.
        string[] wrapper = Environment.IsPrivilegedProcess
            ? ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]
            : [];
        var outcome = await _program.RunUnderAsync(wrapper, ["doctor"]);

        Assert.Contains("\nup: no, CAP_NET_ADMIN is missing\n", outcome.Output, StringComparison.Ordinal);
    }
}
