using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Tests.Kit;
using UserTcp.Engine.Contract;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>`usertcp explain` as a shell sees it.</summary>
public sealed class ExplainCommandTests : IDisposable
{
    private static readonly IpAddress Client = IpAddress.FromIPv4(0xC000_0201);
    private static readonly IpAddress Server = IpAddress.FromIPv4(0xC000_0202);

    private readonly CliProcess _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_conversation_has_a_heading_a_summary_and_a_line_for_each_segment()
    {
        var outcome = await _program.RunAsync(["explain", WriteFile()]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(
            [
                "-- inferred from the packets",
                "conversation 1: us 192.0.2.2:80, peer 192.0.2.1:40000, 2 segments from 1970-01-01 00:00:01.000000 UTC",
                " refused by 192.0.2.2:80: a RST answered the SYN",
                " 192.0.2.1:40000 offers no MSS",
                "#1 0.000000 <- SYN seq=0 ack=- len=0 win=1000 SYN-RECEIVED: SYN: the peer opens (no MSS)",
                "#2 0.500000 -> RST,ACK seq=1 ack=1 len=0 win=1000 CLOSED: RST: no such listener or connection",
                "",
            ],
            Regex.Replace(outcome.Output, " +", " ").Split('\n'));
    }

    [Fact]
    public async Task Json_has_an_object_on_each_line()
    {
        var outcome = await _program.RunAsync(["explain", WriteFile(), "--json", "--side", "A", "-c", "1"]);

        var kinds = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString());
        Assert.Equal(["conversation", "seg"], kinds);
    }

    [Theory]
    [InlineData("--connection 2", false)]
    [InlineData("--connection 192.0.2.2:80", true)]
    [InlineData("sport = :80", true)]
    [InlineData("sport = :81", false)]
    [InlineData("--side A sport = :40000", true)]
    public async Task Conversations_are_chosen(string options, bool isChosen)
    {
        var outcome = await _program.RunAsync(["explain", WriteFile(), "--summary", .. options.Split(' ')]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(isChosen, outcome.Output.Contains("refused by", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_file_is_explained_up_to_where_it_breaks()
    {
        var path = WriteFile();
        await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path))[..^3]);

        var outcome = await _program.RunAsync(["explain", path, "--summary"]);

        Assert.Equal(66, outcome.ExitCode);
        Assert.StartsWith("-- inferred from the packets\nconversation 1: ", outcome.Output, StringComparison.Ordinal);
        Assert.Matches(@"^usertcp: .*: byte \d+: the file ends in a block\. Packets read before: 1\n$", outcome.Error);
    }

    [Fact]
    public async Task The_events_of_a_stack_are_printed_as_they_are()
    {
        var outcome = await _program.RunAsync(["explain", WriteOwnFile(), "--color", "never"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(
            [
                "-- as recorded by the stack, in 2 events",
                "conversation 1: us 192.0.2.2:80, peer 192.0.2.1:40000, 2 segments from 1970-01-01 00:00:01.000000 UTC",
                " reset by 192.0.2.2:80 in CLOSED",
                " 192.0.2.1:40000 offers no MSS",
                "#1 0.000000 <- SYN seq=0 ack=- len=0 win=1000 CLOSED: SYN: the peer opens (no MSS)",
                "#2 0.500000 -> RST,ACK seq=#0 ack=1 len=0 win=1000 CLOSED: RST: no such listener or connection",
                "",
            ],
            Regex.Replace(outcome.Output, " +", " ").Split('\n'));
    }

    [Theory]
    [InlineData("--infer", "-- inferred from the packets")]
    [InlineData("--side A", "-- as recorded by the stack, in 2 events")]
    public async Task Both_can_be_had(string options, string first)
    {
        var outcome = await _program.RunAsync(["explain", WriteOwnFile(), "--summary", .. options.Split(' ')]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.StartsWith(first + "\nconversation 1: ", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("refused by 192.0.2.2:80", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_that_do_not_fit_their_packets_do_not_count()
    {
        var outcome = await _program.RunAsync(["explain", WriteOwnFile(isForged: true), "--summary"]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("-- inferred from the packets\n", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith(
            "the events in it do not count, so all is inferred: the event in packet 1 is not of its segment\n",
            outcome.Error, StringComparison.Ordinal);
    }

    /// <summary>A capture as a stack writes it.</summary>
    private string WriteOwnFile(bool isForged = false)
    {
        var path = Path.Combine(_program.Folder, "own.pcapng");
        using var writer = new PcapngWriter(File.Create(path), "ut0", 1500);
        var explainer = new EventExplainer();
        Write(Packet(Client, Server, TcpFlags.Syn, 7, 0), Event(1, sent: false, TcpFlags.Syn, isForged ? 8u : 7, 0));
        Write(
            Packet(Server, Client, TcpFlags.Rst | TcpFlags.Ack, 0, 8),
            Event(2, sent: true, TcpFlags.Rst | TcpFlags.Ack, 0, 8));
        return path;

        void Write(byte[] packet, TraceEvent traceEvent)
        {
            var explained = explainer.Explain(traceEvent);
            writer.Write(
                500_000_000 + (traceEvent.Number * 500_000_000), traceEvent.Segment.Sent, packet, packet.Length,
                new PacketNotes
                {
                    Comment = explained.Say(),
                    Events = [Encoding.UTF8.GetBytes(EventJson.Format(explained))],
                });
        }
    }

    private static TraceEvent Event(long number, bool sent, TcpFlags flags, uint seq, uint ack)
    {
        var tuple = new FourTuple(Server, new Port(80), Client, new Port(40_000));
        var (own, other) = sent ? (tuple.LocalPort, tuple.RemotePort) : (tuple.RemotePort, tuple.LocalPort);
        return new TraceEvent
        {
            Number = number,
            Kind = TraceEventKind.Segment,
            Time = new MonotonicTime(number * TimeSpan.TicksPerMillisecond * 500),
            Tuple = tuple,
            Irs = new SeqNum(7),
            Segment = new SegmentObservation
            {
                Time = MonotonicTime.Zero,
                Sent = sent,
                Tuple = tuple,
                Header = new TcpHeader(own, other, new SeqNum(seq), new SeqNum(ack), flags, 1000),
                PayloadLength = 0,
                Window = 1000,
                Before = TcpState.Closed,
                After = TcpState.Closed,
                Reason = sent ? SegmentReason.ResetNoConnection : SegmentReason.None,
                Disposition = sent ? Disposition.None : Disposition.Opened,
            },
        };
    }

    private string WriteFile()
    {
        var path = Path.Combine(_program.Folder, "refused.pcapng");
        using var writer = new PcapngWriter(File.Create(path), "eth0", 1500);
        writer.Write(1_000_000_000, outbound: false, Packet(Client, Server, TcpFlags.Syn, 7, 0));
        writer.Write(1_500_000_000, outbound: true, Packet(Server, Client, TcpFlags.Rst | TcpFlags.Ack, 0, 8));
        return path;
    }

    private static byte[] Packet(IpAddress source, IpAddress destination, TcpFlags flags, uint seq, uint ack)
    {
        var packet = new byte[IpHeader.IPv4Length + TcpHeader.MinLength];
        IpHeader.Write(packet, source, destination, IpProtocol.Tcp, TcpHeader.MinLength, 64, 0);
        var ports = source == Client ? (Own: 40_000, Other: 80) : (Own: 80, Other: 40_000);
        new TcpHeader(
            new Port((ushort)ports.Own), new Port((ushort)ports.Other), new SeqNum(seq), new SeqNum(ack), flags, 1000)
            .Write(packet.AsSpan(IpHeader.IPv4Length), default);
        return packet;
    }
}
