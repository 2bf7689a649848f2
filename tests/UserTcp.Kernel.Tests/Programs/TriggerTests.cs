using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>Triggers of `--impair` strike single segments between the stack and a real kernel.</summary>
public sealed class TriggerTests : IDisposable
{
    private const string Counters = "/proc/net/snmp";

    private const string UntilClosed =
        "while ss -Htan state fin-wait-1 state fin-wait-2 | grep -q :80; do sleep 0.05; done";

    private static readonly IpAddress Stack = IpAddress.From(IPAddress.Parse("198.18.0.2"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_lost_FIN_of_the_stack_is_retransmitted_once()
    {
        var (lab, segments) = await RunAsync("drop=fin:1:from-stack");

        var fins = segments.Where(segment => segment.IsFromStack && segment.IsFin).Select(segment => segment.Seq);
        Assert.Equal(2, fins.Count());
        Assert.Single(fins.Distinct());
        Assert.Empty(lab.Errors);
    }

    [Fact]
    public async Task Without_a_direction_the_first_FIN_of_either_end_is_lost()
    {
        var (lab, segments) = await RunAsync("drop=fin:1");

        // curl closes first. The file shows what the stack sees, and of the kernel's FINs that is the second.
        Assert.Equal([false, true], segments.Where(segment => segment.IsFin).Select(segment => segment.IsFromStack));
        Assert.Equal(1, RetransmissionsIn(lab.StandardOutput.Split('\n')));
        Assert.Empty(lab.Errors);
    }

    [Fact]
    public async Task A_trigger_strikes_one_segment_of_many()
    {
        var (lab, segments) = await RunAsync("drop=seq:5001:from-stack");

        var start = segments.First(segment => segment.IsFromStack && segment.IsSyn).Seq;
        var sent = segments.Where(segment => segment.IsFromStack && (start + 5001).IsIn(segment.Seq, segment.Length));
        Assert.Equal([1448u, 1448u], sent.Select(segment => segment.Length));
        Assert.Empty(lab.Errors);
    }

    [Fact]
    public async Task A_trigger_that_never_struck_is_named_at_the_end()
    {
        var result = await UserTcpCommand.RunAsync(
            _folder, "lab", "--services", "echo", "--impair", "drop=fin:1,drop=data:7-9", "--", "true");

        result.MustSucceed();
        Assert.Equal(
            "usertcp: the trigger drop=fin:1 never matched a packet\n"
            + "usertcp: the trigger drop=data:7-9 never matched a packet\n",
            result.Errors);
    }

    [Fact]
    public async Task A_link_drops_the_SYN_of_one_direction_and_names_what_never_struck()
    {
        await using var link = await RunningLink.StartAsync("--impair-ab", "drop=syn:1", "--impair-ba", "drop=rst:1");
        using var listener = link.B.Inside(() => new TcpListener(RunningLink.AddressB, 0));
        listener.Start();
        // The kernel makes the socket here, in this namespace.
        using var client = link.A.Inside(
            () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));

        await client.ConnectAsync(listener.LocalEndpoint, TestContext.Current.CancellationToken).OrFail();

        Assert.Equal(1, RetransmissionsIn(link.A.Inside(() => File.ReadAllLines("/proc/thread-self/net/snmp"))));
        link.Process.Signal("INT");
        Assert.Equal(
            "usertcp: the trigger drop=rst:1 never matched a packet\n", (await link.Process.EndAsync()).Errors);
    }

    /// <summary>The kernel's counter of retransmitted segments.</summary>
    private static long RetransmissionsIn(string[] lines)
    {
        var columns = lines.Where(line => line.StartsWith("Tcp:", StringComparison.Ordinal))
            .Select(line => line.Split(' ')).ToArray();
        return long.Parse(columns[1][Array.IndexOf(columns[0], "RetransSegs")], CultureInfo.InvariantCulture);
    }

    /// <summary>The TCP segments of a pcapng file: those of its Enhanced Packet Blocks.</summary>
    private static List<CapturedSegment> SegmentsOf(ReadOnlySpan<byte> file)
    {
        const uint EnhancedPacket = 6;
        const int LengthOffset = 20;
        const int DataOffset = 28;
        var segments = new List<CapturedSegment>();
        while (file.Length > 0)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[4..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(file) == EnhancedPacket)
            {
                var data = file.Slice(DataOffset, BinaryPrimitives.ReadInt32LittleEndian(file[LengthOffset..]));
                if (IpPacket.TryParse(data, verifyChecksum: false, out var packet, out _)
                    && packet.Protocol == IpProtocol.Tcp && TcpSegment.TryParse(packet.Payload, out var segment))
                {
                    segments.Add(new(
                        packet.Source == Stack, segment.Has(TcpFlags.Syn), segment.Has(TcpFlags.Fin), segment.Seq,
                        (uint)segment.Payload.Length));
                }
            }

            file = file[length..];
        }

        return segments;
    }

    /// <summary>A download by curl through a link with triggers; the lab prints the kernel's counters.</summary>
    private async Task<(ChildResult Lab, List<CapturedSegment> Segments)> RunAsync(string impair)
    {
        Need.Programs("curl", "ip");
        var file = _folder["lab.pcapng"];
        var lab = await UserTcpCommand.RunAsync(
            _folder, "lab", "--services", "http", "--capture", file, "--impair", impair, "--", "sh", "-c",
            $"curl -sS http://198.18.0.2/bytes/20k -o page && {UntilClosed}; cat {Counters}");
        lab.MustSucceed();
        return (lab, SegmentsOf(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)));
    }

    private readonly record struct CapturedSegment(bool IsFromStack, bool IsSyn, bool IsFin, SeqNum Seq, uint Length);
}
