using System.Net;
using UserTcp.Wire;

namespace UserTcp.Differential.Stacks;

/// <summary>The link between a stack under test and its peer.</summary>
internal static class Link
{
    public const int Mtu = 1500;
    public const int FirstPort = 1024;
    public const int Ports = 60_000;

    private const int PeerPorts = 40_000;

    public static readonly IPAddress Stack = IPAddress.Parse("198.18.0.1");
    public static readonly IPAddress Peer = IPAddress.Parse("198.18.0.2");

    /// <summary>The addresses and ports of the n-th connection; reused after 60,000 others.</summary>
    public static FourTuple TupleOf(long count) => new(
        IpAddress.From(Stack), new Port((ushort)(FirstPort + (count % Ports))),
        IpAddress.From(Peer), new Port((ushort)(PeerPorts + (count / Ports))));
}
