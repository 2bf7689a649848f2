using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Matrix;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Matrix;

/// <summary>
/// The arrival matrix against Linux: every case of the engine's tables runs on the kernel's TCP. Differences.txt has to
/// explain each difference.
/// </summary>
public sealed class LinuxMatrixTests
{
    private const ushort FirstPort = 10_000;

    /// <summary>
    /// Sysctls: no limits that hide answers, no options that add to them, and no end of TIME-WAIT by a RST.
    /// </summary>
    private static readonly (string Name, string Value)[] Settings =
    [
        ("tcp_invalid_ratelimit", "0"), ("tcp_challenge_ack_limit", "2147483647"), ("tcp_timestamps", "0"),
        ("tcp_sack", "0"), ("tcp_window_scaling", "0"), ("tcp_ecn", "0"), ("tcp_syncookies", "0"),
        ("tcp_max_syn_backlog", "4096"), ("tcp_rfc1337", "1"),
        ("tcp_early_retrans", "0"), ("icmp_ratelimit", "0"),
    ];

    public static TheoryData<TcpState> States => [.. Axes.States];

    [Theory]
    [MemberData(nameof(States))]
    public void The_kernel_agrees_with_the_table_or_the_difference_is_explained(TcpState state)
    {
        using var network = new PrivateNetwork();
        var cases = GoldenCases.Of(state);
        var different = network.Inside(() => Compare(cases));
        DifferenceFile.Check(state, different);
    }

    private static List<Difference> Compare(List<GoldenCase> cases)
    {
        foreach (var (name, value) in Settings)
            File.WriteAllText($"/proc/sys/net/ipv4/{name}", value);
        using var peer = new RawPeer();
        // Every ACK at once, and no retransmission during a case.
        IpRoute.Change("198.18.0.0/24", "dev", "ut0", "quickack", "1", "rto_min", "30s");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(KernelLink.KernelIPv4, 0));
        listener.Listen(4096);
        var different = new List<Difference>();
        foreach (var (index, golden) in cases.Index())
        {
            using var situation = new KernelSituation(
                peer, listener, golden.State, (ushort)(FirstPort + index), corner: index % 2 == 0 ? 0 : 1u << 31);
            var segment = situation.Numbers.Segment(golden.Flags, golden.Seq, golden.Ack);
            var (answer, state) = situation.Arrive(segment);
            var after = state == golden.State ? "=" : Axes.Short(state);
            if (answer != golden.Answer || after != golden.After.Replace("restart", "=", StringComparison.Ordinal))
                different.Add(new Difference(golden, answer, after));
        }

        return different;
    }
}
