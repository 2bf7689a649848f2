using System.Net;
using System.Net.Sockets;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>tshark's expert info has no warning about traffic over a link without loss.</summary>
public sealed class TsharkTests : IDisposable
{
    // The kernel writes a checksum of 0 as FFFF (CSUM_MANGLED_0), as UDP has it: one TCP segment in 65,536, which
    // tshark calls bad.
    private const string KernelsZero =
        "tcp.checksum == 0xffff && (ip.src == 198.18.0.1 || ipv6.src == 2001:db8:75::1)";

    private static readonly string[] Wrong =
    [
        "_ws.malformed", $"tcp.checksum.status == \"Bad\" && !({KernelsZero})", "ip.checksum.status == \"Bad\"",
        "icmp.checksum.status == \"Bad\"", "icmpv6.checksum.status == \"Bad\"", "tcp.analysis.retransmission",
        "tcp.analysis.fast_retransmission",
        "tcp.analysis.spurious_retransmission", "tcp.analysis.lost_segment", "tcp.analysis.ack_lost_segment",
        "tcp.analysis.out_of_order",
    ];

    // On a busy machine a late ACK may cause a tail loss probe or a timeout, which tshark reports as a retransmission.
    // Kernels before 6.11 have no minimum RTO to set: sysctl -e ignores it there.
    private const string NoKernelProbes = "net.ipv4.tcp_early_retrans=0";
    private const string LongKernelRto = "net.ipv4.tcp_rto_min_us=5000000";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Without offload, which would complete checksums after the capture point.
    [Theory]
    [InlineData(1500)]
    [InlineData(65_535)]
    public async Task A_mix_of_traffic_has_no_warning(int mtu)
    {
        Need.Programs("tshark", "ping", "sysctl");
        var file = _folder["mix.pcapng"];
        await using (var link = await KernelLink.StartAsync(
            new KernelLinkOptions
            {
                Mtu = mtu,
                Offload = false,
                Decorate = device => CapturingDevice.ToFile(device, file),
                Engine = new EngineOptions
                {
                    LossDetection = LossDetectionMethod.Sack,
                    MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
                },
            }))
        {
            await link.Network.RunAsync("sysctl", "-q", "-e", "-w", NoKernelProbes, LongKernelRto);
            foreach (var family in new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 })
            {
                foreach (var opener in Enum.GetValues<Opener>())
                {
                    await TransferAsync(link, opener, family);
                    await ResetAsync(link, opener, family);
                }

                await RefuseAsync(link, family);
            }

            await link.Network.RunAsync("ping", "-n", "-c", "3", "-i", "0.002", "198.18.0.2");
            await link.Network.RunAsync("ping", "-n", "-c", "3", "-i", "0.002", "2001:db8:75::2");
            await link.NothingLeftAsync();
            Assert.Equal(0, link.Count(Counter.FastRetransmits) + link.Count(Counter.RetransmissionTimeouts));
        }

        await AssertNothingWrongAsync(file, min: mtu == 1500 ? 1000 : 100);
    }

    [Fact]
    public async Task The_commands_own_capture_of_curl_and_nc_has_no_warning()
    {
        Need.Programs("tshark", "curl", "nc", "sysctl");
        var file = _folder["lab.pcapng"];
        const string Script =
            $"""
            sysctl -q -e -w {NoKernelProbes} {LongKernelRto} &&
            curl -sS -o down http://198.18.0.2/bytes/2M http://198.18.0.2/ -o page &&
            curl -sS -T down http://[2001:db8:75::2]/bytes/up > receipt &&
            nc -N -w 10 198.18.0.2 7 < down | cmp - down &&
            curl -sS --parallel -o 'part#1' 'http://198.18.0.2/bytes/100000?[1-20]'
            """;

        var options = UserTcpCommand.Options(
            _folder, "lab", "--no-offload", "--capture", file, "--", "sh", "-c", Script);
        options.Environment["UserTcp__Engine__LossDetection"] = "Sack";
        using var lab = new Child(options);
        (await lab.EndAsync()).MustSucceed();

        await AssertNothingWrongAsync(file, min: 1000);
    }

    private static async Task TransferAsync(KernelLink link, Opener opener, AddressFamily family)
    {
        var (kernel, connection) = await link.OpenAsync(opener, family);
        var data = Payload.Random(1_000_000, seed: 1);
        using var stream = kernel.AsStream();
        await using (connection)
        {
            var received = stream.HashToEndAsync();
            var receivedHere = connection.GetStream().HashToEndAsync();
            await Task.WhenAll(kernel.SendAllAsync(data), connection.SendAllAsync(data)).OrFail();
            Assert.Equal(await received, await receivedHere);
        }
    }

    private static async Task ResetAsync(KernelLink link, Opener opener, AddressFamily family)
    {
        var (kernel, connection) = await link.OpenAsync(opener, family);
        using (kernel)
        {
            await kernel.SendAsync(new byte[100]).OrFail();
            await connection.GetStream().ReadExactlyAsync(100);
            connection.Abort();
            await Payload.AssertSocketAsync(
                SocketError.ConnectionReset, () => kernel.ReceiveAsync(new byte[1]).OrFail());
        }
    }

    private static async Task RefuseAsync(KernelLink link, AddressFamily family)
    {
        using var socket = link.Network.NewSocket(family);
        await Payload.AssertSocketAsync(
            SocketError.ConnectionRefused,
            () => socket.ConnectAsync(new IPEndPoint(KernelLink.StackAddress(family), 9)).OrFail());
        await Payload.AssertSocketAsync(
            SocketError.ConnectionRefused,
            () => link.Stack.ConnectAsync(new IPEndPoint(KernelLink.KernelAddress(family), 9)).OrFail());
        using var datagrams = link.Network.Inside(() => new Socket(family, SocketType.Dgram, ProtocolType.Udp));
        datagrams.Connect(new IPEndPoint(KernelLink.StackAddress(family), 53));
        await datagrams.SendAsync(new byte[600]).OrFail();
        await Payload.AssertSocketAsync(
            SocketError.ConnectionRefused, () => datagrams.ReceiveAsync(new byte[1]).OrFail());
    }

    private static async Task AssertNothingWrongAsync(string file, int min)
    {
        var all = await TsharkAsync(file, "frame");
        Assert.InRange(all.Length, min, int.MaxValue);
        var wrong = await TsharkAsync(file, string.Join(" || ", Wrong.Select(filter => $"({filter})")));
        Assert.True(wrong.Length == 0, string.Join(Environment.NewLine, wrong));
    }

    /// <summary>One line per frame that matches a filter.</summary>
    private static async Task<string[]> TsharkAsync(string file, string filter)
    {
        using var tshark = new Child(new ChildOptions(
            "tshark", "-n", "-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o",
            "udp.check_checksum:TRUE", "-Y", filter));
        return (await tshark.EndAsync()).MustSucceed().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
