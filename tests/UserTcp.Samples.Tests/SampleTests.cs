using UserTcp.Cli.Hosting;
using UserTcp.Kernel.Tests.Kit;
using Xunit;
using static System.StringComparison;

namespace UserTcp.Samples.Tests;

/// <summary>Each sample runs to its end, and prints what it is about.</summary>
public sealed class SampleTests
{
    /// <summary>How the lines of a sample begin, in this order; a log may lie between them.</summary>
    private static readonly Dictionary<string, string[]> Printed = new()
    {
        ["WebServer"] = ["Hello, 198.18.0.1."],
        ["WebClient"] =
        [
            "response 1 to GET /first HTTP/1.1", "response 2 to GET /second HTTP/1.1", "2 requests on one connection",
        ],
        ["Tls"] = ["Hello in secret, over Tls13 to 192.0.2.1:443"],
        ["Grpc"] = ["number 1", "number 2", "number 3"],
        ["Chat"] =
        [
            "member 1 reads: hello from red",
            "member 1 reads: hello from green", "member 2 reads: hello from green",
            "member 1 reads: hello from blue", "member 2 reads: hello from blue", "member 3 reads: hello from blue",
            "3 members have left",
        ],
        ["CongestionControl"] = ["control    Mbit/s", "cubic", "vegas"],
        ["Telemetry"] =
        [
            "usertcp.io network.io.direction=receive: 100000 By",
            "usertcp.connections.opened usertcp.connection.role=server: 1 {connection}",
            "usertcp.io network.io.direction=transmit: 100000 By",
            "usertcp.connections.opened usertcp.connection.role=client: 1 {connection}",
            "UserTcp.Accept 192.0.2.2: ", "UserTcp.Connect 192.0.2.1: ",
        ],
        // docs/virtual-network.md quotes these lines.
        ["FirstLostPacket"] =
        [
            "0.000 ms  client:54189 > api:80 SYN seq=1507815642 ack=0 len=0",
            "1.000 ms  api:80 > client:54189 SYN,ACK seq=422702477 ack=1507815643 len=0",
            "2.000 ms  client:54189 > api:80 ACK seq=1507815643 ack=422702478 len=0",
            "2.000 ms  client:54189 > api:80 PSH,ACK seq=1507815643 ack=422702478 len=29",
            "2.000 ms    struck by: drop data:1 to api",
            "202.000 ms  client:54189 > api:80 PSH,ACK seq=1507815643 ack=422702478 len=29",
            "203.000 ms  api:80 > client:54189 PSH,ACK seq=422702478 ack=1507815672 len=157",
            "FirstLostPacket  Total: 1, Errors: 0, Failed: 0, Skipped: 0",
        ],
        ["FourBugs"] =
        [
            .. Enumerable.Repeat("left after shrinking: 1", 4), "FourBugs  Total: 8, Errors: 0, Failed: 0, Skipped: 0",
        ],
        ["BadNetwork"] = ["BadNetwork  Total: 2, Errors: 0, Failed: 0, Skipped: 0"],
    };

    public static TheoryData<string> Names => [.. Sample.All.Keys];

    [Fact]
    public void Every_sample_has_a_test() => Assert.Equal(Printed.Keys.Order(), Sample.All.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_sample_runs(string name)
    {
        var outcome = await Sample.All[name].RunAsync();

        Assert.True(outcome.ExitCode == 0, $"{name} exits with {outcome.ExitCode}:\n{outcome.Output}");
        Assert.Equal(
            Printed[name],
            outcome.Lines.Select(line => Printed[name].FirstOrDefault(begin => line.StartsWith(begin, Ordinal)))
                .OfType<string>());
    }

    [Fact]
    public async Task The_web_server_serves_curl_on_a_TUN_interface()
    {
        Need.Programs("curl");
        Need.Lab();
        const string Script =
            """
            coproc server { exec dotnet "$1" tun 2>&1; }
            while read -r line <&"${server[0]}"; do
                [[ $line != "Application started"* ]] || break
                printf '%s\n' "$line"
            done
            curl -sS --max-time 20 http://198.18.0.2/
            kill -TERM "$server_PID"
            wait "$server_PID"
            """;
        string[] command =
            [.. Isolation.FindCommand(out _)!, "bash", "-c", Script, "bash", Sample.All["WebServer"].Assembly];

        var outcome = await Sample.RunAsync(command[0], command[1..]);

        Assert.True(outcome.ExitCode == 0, $"exits with {outcome.ExitCode}:\n{outcome.Output}");
        Assert.Contains("Hello, 198.18.0.1.", outcome.Lines);
    }
}
