using System.Xml.Linq;
using UserTcp.Capture;
using UserTcp.Cli.Tests.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>`usertcp plot` draws the connections of a file of events.</summary>
public sealed class PlotTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public PlotTests() => File.WriteAllLines(
        Path.Combine(_cli.Folder, "events"),
        [
            """{"device":"ut0","pid":7,"addresses":["198.18.0.2"]}""",
            Segment(1, 80, "out", 1, 100), Segment(2, 81, "out", 1, 200), Segment(3, 81, "in", 1, 0),
            """{"n":4,"t":900,"kind":"gap","missed":2}""",
        ]);

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task It_draws_the_longest_connection_to_standard_output()
    {
        var words = WordsOf((await PlotAsync("events", "--view", "ladder")).Output);
        Assert.Contains("198.18.0.1:81", words);
        Assert.Contains("PSH,ACK seq=1 ack=1 len=200 win=500", words);
    }

    [Fact]
    public async Task It_draws_the_connection_of_that_number_to_a_file()
    {
        var outcome = await PlotAsync("events", "--connection", "1", "-o", "picture.svg", "--width", "400");
        var picture = await File.ReadAllTextAsync(
            Path.Combine(_cli.Folder, "picture.svg"), TestContext.Current.CancellationToken);

        Assert.Empty(outcome.Output);
        Assert.Equal("400", XDocument.Parse(picture).Root!.Attribute("width")!.Value);
        Assert.Contains("Data from us, 198.18.0.2:7, to 198.18.0.1:80", WordsOf(picture));
    }

    [Fact]
    public async Task It_draws_the_peers_data()
    {
        var words = WordsOf((await PlotAsync("events", "--direction", "in")).Output);
        Assert.Contains("Data from 198.18.0.1:81 to us, 198.18.0.2:7", words);
    }

    [Fact]
    public async Task A_connection_that_is_not_there_fails()
    {
        var outcome = await _cli.RunAsync(["plot", "events", "--connection", "3"]);
        Assert.Equal((1, "usertcp: --connection: there are 2 connections\n"), (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public async Task It_draws_a_capture_of_any_two_hosts()
    {
        var packet = new byte[60];
        IpHeader.Write(packet, Host(1), Host(2), IpProtocol.Tcp, 40, 64, 0);
        new TcpHeader(new Port(40_000), new Port(80), new SeqNum(1), new SeqNum(1), TcpFlags.Ack, 500)
            .Write(packet.AsSpan(IpHeader.IPv4Length), default);
        using (var writer = new PcapngWriter(File.Create(Path.Combine(_cli.Folder, "trace")), "eth0", 1500))
            writer.Write(1_000_000_000, outbound: false, packet);

        var words = WordsOf((await PlotAsync("trace", "--direction", "in")).Output);
        Assert.Contains("Data from 192.0.2.1:40000 to us, 192.0.2.2:80", words);
        Assert.DoesNotContain("cwnd", words);
        var other = WordsOf((await PlotAsync("trace", "--side", "A")).Output);
        Assert.Contains("Data from us, 192.0.2.1:40000, to 192.0.2.2:80", other);
    }

    [Theory]
    [InlineData("live", 1, "usertcp: no stack runs for this user: start one with 'usertcp up', or ask inside ")]
    [InlineData("nonsense", 78, "usertcp: FILE: 'nonsense' is neither a capture nor the output of 'watch --json': ")]
    public async Task What_cannot_be_drawn_is_refused(string input, int code, string message)
    {
        await File.WriteAllTextAsync(
            Path.Combine(_cli.Folder, "nonsense"), "cat", TestContext.Current.CancellationToken);
        var outcome = await _cli.RunAsync(["plot", input]);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith(message, outcome.Error, StringComparison.Ordinal);
    }

    private static IpAddress Host(uint number) => IpAddress.FromIPv4(0xC000_0200 + number);

    private static string[] WordsOf(string svg) =>
        [.. XDocument.Parse(svg).Descendants().Where(e => e.Attribute("x") is not null).Select(e => e.Value)];

    private static string Segment(int number, int port, string direction, int seq, int length) =>
        $$"""
        {"n":{{number}},"t":{{number}}00,"kind":"seg","local":"198.18.0.2:7","peer":"198.18.0.1:{{port}}","iss":7,
        "irs":9,"state":"ESTABLISHED","dir":"{{direction}}","flags":"PSH,ACK","seq":{{seq}},"ack":1,"len":{{length}},
        "win":500,"severity":"normal","reasons":[{"id":"Data","bytes":"{{length}}","unit":"bytes"}],"says":"data"}
        """.Replace("\n", "", StringComparison.Ordinal);

    private async Task<Outcome> PlotAsync(params string[] arguments)
    {
        var outcome = await _cli.RunAsync(["plot", .. arguments]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        return outcome;
    }
}
