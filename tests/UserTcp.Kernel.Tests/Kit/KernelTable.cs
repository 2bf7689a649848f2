using System.Globalization;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>The kernel's table of TCP sockets (proc(5), /proc/net/tcp).</summary>
internal static class KernelTable
{
    public const int Established = 1;
    public const int FinWait2 = 5;
    public const int TimeWait = 6;
    public const int CloseWait = 8;
    public const int Listen = 10;

    private const int LocalColumn = 1;
    private const int StateColumn = 3;

    /// <summary>
    /// The states, as the kernel's numbers, of the sockets of a local port; of all but listeners for port 0.
    /// </summary>
    public static int[] States(this PrivateNetwork network, int localPort = 0) => network.Inside(() =>
        new[] { "tcp", "tcp6" }
            .SelectMany(table => File.ReadLines($"/proc/thread-self/net/{table}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => localPort == 0 || PortOf(columns[LocalColumn]) == localPort)
            .Select(columns => int.Parse(columns[StateColumn], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            .Where(state => localPort != 0 || state != Listen)
            .ToArray());

    /// <summary>Segments that the kernel has dropped for lack of memory; their retransmission is legitimate.</summary>
    public static long Dropped(this PrivateNetwork network) => network.Inside(() =>
    {
        var lines = File.ReadLines("/proc/thread-self/net/netstat")
            .Where(line => line.StartsWith("TcpExt:", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .ToArray();
        string[] drops =
        [
            "PruneCalled", "RcvPruned", "OfoPruned", "TCPBacklogDrop", "TCPRcvQDrop", "TCPOFODrop", "TCPZeroWindowDrop",
        ];
        return lines[0].Zip(lines[1])
            .Where(counter => drops.Contains(counter.First))
            .Sum(counter => long.Parse(counter.Second, CultureInfo.InvariantCulture));
    });

    private static int PortOf(string endPoint) =>
        int.Parse(endPoint.AsSpan(endPoint.LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
