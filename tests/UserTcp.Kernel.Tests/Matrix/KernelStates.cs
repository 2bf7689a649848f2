using System.Globalization;
using UserTcp.Engine.Contract;

namespace UserTcp.Kernel.Tests.Matrix;

/// <summary>The kernel's numbers of states (include/net/tcp_states.h).</summary>
internal static class KernelStates
{
    public static TcpState Of(int number) => number switch
    {
        1 => TcpState.Established,
        2 => TcpState.SynSent,
        3 or 12 => TcpState.SynReceived,
        4 => TcpState.FinWait1,
        5 => TcpState.FinWait2,
        6 => TcpState.TimeWait,
        8 => TcpState.CloseWait,
        9 => TcpState.LastAck,
        10 => TcpState.Listen,
        11 => TcpState.Closing,
        _ => TcpState.Closed,
    };

    /// <summary>
    /// The state of the connection between two ports, in the namespace of the calling thread; CLOSED when there is
    /// none.
    /// </summary>
    public static TcpState Find(int localPort, int remotePort)
    {
        var (local, remote) = ($":{localPort:X4}", $":{remotePort:X4}");
        var found = File.ReadLines("/proc/thread-self/net/tcp").Skip(1)
            .Select(line => line.Split(' ', 5, StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(columns => columns[1].EndsWith(local, StringComparison.Ordinal)
                && columns[2].EndsWith(remote, StringComparison.Ordinal));
        return found is null
            ? TcpState.Closed
            : Of(int.Parse(found[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
