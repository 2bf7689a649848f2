using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using UserTcp.Cli.Tests.Kit;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>`usertcp replay` as a shell sees it.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.2");

    private readonly CliProcess _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_recording_is_replayed_and_checked()
    {
        var path = await RecordAsync();

        var check = await _program.RunAsync(["replay", path, "--check"]);
        Assert.Equal((0, ""), (check.ExitCode, check.Error));
        Assert.Matches("^equal: [0-9]{2,} events, [0-9]+ frames\n$", check.Output);

        var lines = (await _program.RunAsync(["replay", path])).Output.Split('\n');
        Assert.StartsWith("-- memory-a, recorded 2", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("the link lost", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("retransmission: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_differs_is_said_to_with_exit_code_1()
    {
        var path = await RecordAsync();
        var file = await File.ReadAllBytesAsync(path);
        file[file.AsSpan().IndexOf("HELLO"u8)] ^= 1;
        await File.WriteAllBytesAsync(path, file);

        var outcome = await _program.RunAsync(["replay", path, "--check"]);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Matches(
            "^differs: entry [0-9]+ \\(Emit at .*: the frame has other bytes than it had\n$", outcome.Output);
    }

    [Theory]
    [InlineData("--until-reason FastRetransmit", "retransmission")]
    [InlineData("--until 3", "#3 ")]
    [InlineData("--all --until-state fin-wait-1", "ESTABLISHED to FIN-WAIT-1")]
    public async Task It_stops_and_prints_the_connection(string options, string last)
    {
        var outcome = await _program.RunAsync(["replay", await RecordAsync(), .. options.Split(' ')]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var lines = outcome.Output.Split('\n');
        var stop = Array.FindIndex(lines, line => line.StartsWith("-- at event", StringComparison.Ordinal));
        Assert.Contains(last, lines[stop - 1], StringComparison.Ordinal);
        Assert.Contains("192.0.2.2:80", lines[stop + 1], StringComparison.Ordinal);
        Assert.Contains("cwnd:", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_that_never_comes_is_a_failure()
    {
        var outcome = await _program.RunAsync(["replay", await RecordAsync(), "--until-reason", "Gap"]);

        Assert.Equal(1, outcome.ExitCode);
        Assert.EndsWith("has no reason Gap\n", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_and_ladder_have_the_same_events()
    {
        var path = await RecordAsync();

        var objects = (await _program.RunAsync(["replay", path, "--json"])).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .ToArray();
        Assert.Equal(
            Enumerable.Range(1, objects.Length).Select(number => (long)number),
            objects.Select(one => one.GetProperty("n").GetInt64()));

        var ladder = (await _program.RunAsync(["replay", path, "--ladder"])).Output;
        Assert.Contains("-- handshake --", ladder, StringComparison.Ordinal);
        Assert.Equal(
            objects.Count(one => one.GetProperty("kind").GetString() == "seg"),
            Regex.Count(ladder, "-->|<--", RegexOptions.Multiline)
                + Regex.Count(ladder, "--x"));
    }

    [Fact]
    public async Task A_loss_is_left_out()
    {
        var path = await RecordAsync();
        var lost = Regex.Match((await _program.RunAsync(["replay", path])).Output, "^#([0-9]+) .*the link lost",
            RegexOptions.Multiline).Groups[1].Value;

        var outcome = await _program.RunAsync(["replay", path, "--without", lost]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var lines = outcome.Output.TrimEnd('\n').Split('\n');
        Assert.StartsWith($"-- without the loss of event {lost}: ", lines[0], StringComparison.Ordinal);
        Assert.Matches(
            "^-- as recorded: 1 retransmissions, .*; without: 0 retransmissions, 0 cwnd cuts, all acknowledged after ",
            lines[^1]);
        Assert.Contains(
            "is no loss",
            (await _program.RunAsync(["replay", path, "--without", "2"])).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_goes_forward_and_back_by_commands()
    {
        var path = await RecordAsync();
        var script = Path.Combine(_program.Folder, "script");
        await File.WriteAllTextAsync(
            script,
            "step 2\nback\nuntil reason FastRetransmit\nwhy\nchanges\nss\ngoto 1\nback\nnonsense\nwithout 1\nquit\n",
            TestContext.Current.CancellationToken);

        var outcome = await _program.RunUnderAsync(
            ["sh", "-c", $"exec \"$@\" < '{script}'", "sh"], ["replay", path, "--step"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var lines = outcome.Output.Split('\n');
        Assert.Equal(["#1", "#2", "#1"], lines[1..4].Select(line => line.Split(' ')[0]));
        Assert.Contains("retransmission: ", lines[4], StringComparison.Ordinal);
        Assert.Contains("    link #", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("\t ts sack cubic", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("-- before the first event\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("'nonsense' is no command: help lists them\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("--without: event 1 is no loss", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_file_has_one_line_of_error()
    {
        var path = Path.Combine(_program.Folder, "other");
        await File.WriteAllTextAsync(path, "something", TestContext.Current.CancellationToken);

        var outcome = await _program.RunAsync(["replay", path]);

        Assert.EndsWith("it is not a recording of usertcp", outcome.Refused(66), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--json --ladder", "choose one of --json, --ladder, --check and --step")]
    [InlineData("--check --without 3", "without a loss nothing is equal")]
    [InlineData("--until-reason Nothing", "'Nothing' is not a reason")]
    [InlineData("--until-state nowhere", "'nowhere' is not a state")]
    public async Task Options_that_contradict_each_other_are_refused(string options, string problem)
    {
        var outcome = await _program.RunAsync(["replay", "any", .. options.Split(' ')]);

        Assert.Contains(problem, outcome.Refused(64), StringComparison.Ordinal);
    }

    /// <summary>A recorded server whose second data segment is lost once.</summary>
    private async Task<string> RecordAsync()
    {
        var path = Path.Combine(_program.Folder, "run.utr");
        var (near, far) = InMemoryLink.CreatePair();
        await using var server = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = new ImpairedDevice(near, LinkImpairment.Parse("drop=data:2:from-stack,delay=2ms")),
            Addresses = [Server],
            Recording = UserTcpRecording.ToFile(path),
        });
        await using (var client = await UserTcpStack.StartAsync(
            new UserTcpStackOptions { Device = far, Addresses = [Client] }))
        {
            await using var listener = await server.ListenAsync(new IPEndPoint(Server, 80));
            var accept = listener.AcceptConnectionAsync();
            await using var outgoing = await client.ConnectAsync(new IPEndPoint(Server, 80));
            await using var incoming = await accept;
            await incoming.GetStream().WriteAsync((byte[])[.. "HELLO"u8, .. new byte[20_000]]);
            await outgoing.GetStream().ReadExactlyAsync(new byte[20_005]);
            incoming.CompleteWrites();
            outgoing.CompleteWrites();
            await incoming.ReadsClosed;
            await outgoing.ReadsClosed;
        }

        await server.DisposeAsync();
        return path;
    }
}
