using System.Net.NetworkInformation;
using System.Xml.Linq;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>`usertcp lab` and `usertcp demo` make a private network and remove it.</summary>
public sealed class LabTests : IDisposable
{
    private readonly TemporaryFolder _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [Theory]
    [InlineData(7, "sh", "-c", "exit 7")]
    [InlineData(0, "true")]
    [InlineData(127, "no-such-program-anywhere")]
    [InlineData(126, "/dev/null")]
    public async Task The_commands_status_is_passed_on(int status, params string[] command)
    {
        var result = await UserTcpCommand.RunAsync(_runtime, ["lab", "--services", "echo", "--", .. command]);

        Assert.Equal(status, result.ExitCode);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData(64, "usertcp: '--bogus' is no option of lab (see 'usertcp lab --help')", "--bogus")]
    [InlineData(127, "usertcp: no-such-program-anywhere: command not found", "--", "no-such-program-anywhere")]
    [InlineData(127, "usertcp: /nowhere/it: no such file or directory", "/nowhere/it")]
    [InlineData(126, "usertcp: /dev/null: cannot execute: permission denied", "--", "/dev/null")]
    public async Task What_cannot_be_run_is_reported_in_a_shells_words(int status, string said, params string[] command)
    {
        var result = await UserTcpCommand.RunAsync(_runtime, ["lab", "--services", "echo", .. command]);

        Assert.Equal(status, result.ExitCode);
        Assert.StartsWith(said, result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ip link del ut0; sleep 0.3; exit 0")]
    [InlineData("ip link del ut0; sleep 0.3; exit 7")]
    public async Task A_lab_reports_that_its_stack_has_died(string script)
    {
        Need.Programs("ip");

        var result = await UserTcpCommand.RunAsync(_runtime, "lab", "--services", "echo", "--", "sh", "-c", script);

        Assert.Equal(70, result.ExitCode);
        Assert.Contains(
            "usertcp: the stack has failed: Interface ut0 has been removed.", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_of_it()
    {
        Need.Programs("ip", "curl");
        var before = Interfaces();

        var said = (await UserTcpCommand.RunAsync(
            _runtime, "lab", "--services", "http", "--", "sh", "-c",
            "readlink /proc/self/ns/net; ip -o link; curl -sS http://198.18.0.2/bytes/3"))
            .MustSucceed();

        var lines = said.Split('\n');
        Assert.StartsWith("net:[", lines[0], StringComparison.Ordinal);
        Assert.Contains("ut0:", said, StringComparison.Ordinal);
        Assert.DoesNotContain(lines[0], Namespaces());
        Assert.Equal(before, Interfaces());
        Assert.Empty(Directory.EnumerateFiles(_runtime.Path, "*.sock", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_SIGTERM_is_for_the_command_in_it()
    {
        using var lab = new Child(UserTcpCommand.Options(
            _runtime, "lab", "--services", "echo", "--", "sh", "-c",
            "trap 'exit 9' TERM; echo started; while true; do read line || sleep 0.05; done"));
        Assert.Equal("started", await lab.FirstLineAsync());

        lab.Signal("TERM");

        Assert.Equal(9, (await lab.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task The_socket_table_can_be_read_inside()
    {
        Need.Programs("nc");
        var script = $"nc -d 198.18.0.2 7 & dotnet '{UserTcpCommand.Path}' ss; kill $!";

        var said = (await UserTcpCommand.RunAsync(_runtime, "lab", "--", "sh", "-c", script)).MustSucceed();

        Assert.Contains("198.18.0.2:80", said, StringComparison.Ordinal);
        Assert.Contains("LISTEN", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ladder_of_all_connections_follows_the_command()
    {
        Need.Programs("curl");

        var lab = await UserTcpCommand.RunAsync(
            _runtime, "lab", "--services", "http", "--ladder", "--impair", "drop=fin:1:from-stack", "--",
            "curl", "-sS", "http://198.18.0.2/bytes/3");

        Assert.Equal(3, lab.MustSucceed().Length);
        Assert.Contains("  us 198.18.0.2 port 80, ISS ", lab.Errors, StringComparison.Ordinal);
        Assert.Matches(@"LAST-ACK     --FIN,ACK--x    FIN-WAIT-2 .* FIN: we have no more to send", lab.Errors);
        Assert.Contains("* the link lost FIN,ACK seq=", lab.Errors, StringComparison.Ordinal);
        Assert.Matches(@"LAST-ACK     --FIN,ACK-----> TIME-WAIT .*; the link lost frame n=", lab.Errors);
    }

    [Fact]
    public async Task A_connection_of_the_running_stack_is_that_of_nc()
    {
        Need.Programs("nc");
        var nc = $"dotnet '{UserTcpCommand.Path}' nc --stack ut0";
        // The listener of the kernel's nc may come late; the last line shows that the stack itself had the connections.
        var script = $"echo welcome | nc -l -N 5000 > '{_runtime.Path}/got' & "
            + "until ss -Hltn | grep -q :5000; do sleep 0.05; done; "
            + $"echo hello | {nc} 198.18.0.1 5000; wait $!; cat '{_runtime.Path}/got'; "
            + $"{nc} -z 198.18.0.1 5000-5001 || echo closed; "
            + $"{nc} -l 6000 < /dev/null & "
            + "until (echo hello again | nc -N 198.18.0.2 6000) 2>/dev/null; do sleep 0.05; done; wait $!";

        var lab = await UserTcpCommand.RunAsync(_runtime, "lab", "--services", "echo", "--", "sh", "-c", script);

        Assert.Equal("welcome\nhello\nclosed\nhello again\n", lab.MustSucceed());
        Assert.Empty(lab.Errors);
    }

    [Fact]
    public async Task The_demo_shows_its_steps()
    {
        var said = (await UserTcpCommand.RunAsync(_runtime, "demo")).MustSucceed();

        Assert.Contains("TIME-WAIT", said, StringComparison.Ordinal);
        Assert.Matches(@"The kernel itself has said [1-9]\d* of the [1-9]\d* states on the right \(sock_diag\)", said);
        Assert.EndsWith("All as RFC 9293 has it.\n", said, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_runtime.Path, "*.sock", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task The_demo_draws_its_first_conversation()
    {
        var picture = Path.Combine(_runtime.Path, "ladder.svg");

        (await UserTcpCommand.RunAsync(_runtime, "demo", "--svg", picture)).MustSucceed();

        var words = XDocument.Load(picture).Descendants()
            .Where(element => element.Attribute("x") is not null).Select(element => element.Value).ToArray();
        string[] states = ["ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "TIME-WAIT"];
        Assert.All(states, state => Assert.Contains(state, words));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("leftover")]
    [InlineData("runtime")]
    public async Task The_demo_runs_as_any_user_despite_leftovers_of_others(string left)
    {
        using var program = new PublicProgram();
        var options = program.As(PublicProgram.Nobody, nodeIsOpen: true, "demo");
        if (left == "leftover")
        {
            foreach (var name in new[] { "65534", "0", "root", "nobody" })
            {
                Directory.CreateDirectory(
                    Path.Combine(program.Home, $"usertcp-{name}"),
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        else if (left == "runtime")
        {
            options.Environment["XDG_RUNTIME_DIR"] = _runtime.Path;
        }

        using var demo = new Child(options);
        var said = (await demo.EndAsync()).MustSucceed();

        Assert.EndsWith("All as RFC 9293 has it.\n", said, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(program.Home, "*.sock", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateDirectories(program.Home, "usertcp-control-*"));
    }

    private static string[] Interfaces() => [.. NetworkInterface.GetAllNetworkInterfaces().Select(found => found.Name)];

    /// <summary>The network namespaces of all processes.</summary>
    private static HashSet<string> Namespaces()
    {
        var names = new HashSet<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc")
            .Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                names.Add(new FileInfo($"{process}/ns/net").LinkTarget ?? "");
            }
            catch (IOException)
            {
                // The process has ended.
            }
        }

        return names;
    }
}
