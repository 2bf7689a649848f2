using System.Net;
using System.Net.Sockets;
using UserTcp.Cli.Services;

namespace UserTcp.Cli.Lab.Traffic;

/// <summary>Command lines for a shell in the lab that do what traffic of the page does.</summary>
internal sealed class TrafficCommands(UserTcpStack stack, IPAddress kernel)
{
    private const int KernelPort = 5001;

    /// <summary>The command line; empty where none does the same.</summary>
    public string For(TrafficKind kind, TrafficRole role, long bytes) => (kind, role) switch
    {
        (TrafficKind.Transfer, TrafficRole.Kernel) => $"curl -o /dev/null http://{Host}/bytes/{bytes}",
        (TrafficKind.SlowReader, TrafficRole.Kernel) =>
            $"curl --limit-rate 64k -o /dev/null http://{Host}/bytes/{bytes}",
        (TrafficKind.Upload, TrafficRole.Kernel) =>
            $"head -c {bytes} /dev/zero | nc -N {stack.Addresses[0]} {ServiceCatalog.PortOf("discard")}",
        (TrafficKind.Transfer, TrafficRole.Stack) =>
            $"head -c {bytes} /dev/zero | nc -lN {KernelPort} & "
            + $"usertcp nc --stack {stack.DeviceName} {kernel} {KernelPort} > /dev/null",
        (TrafficKind.Upload, TrafficRole.Stack) =>
            $"nc -l {KernelPort} > /dev/null & head -c {bytes} /dev/zero | "
            + $"usertcp nc --stack {stack.DeviceName} {kernel} {KernelPort}",
        _ => "",
    };

    private string Host => stack.Addresses[0].AddressFamily == AddressFamily.InterNetworkV6
        ? $"[{stack.Addresses[0]}]"
        : stack.Addresses[0].ToString();
}
