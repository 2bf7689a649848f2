using System.Net;

namespace UserTcp;

/// <summary>What a listener listens on, and what the connections it accepts start with.</summary>
public sealed class UserTcpListenerOptions : UserTcpTransportOptions
{
    /// <summary>
    /// Address and port. <see cref="IPAddress.Any"/> is every IPv4 address, <see cref="IPAddress.IPv6Any"/> every address of
    /// both families; port 0 takes an ephemeral one.
    /// </summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>
    /// Established connections that may wait to be accepted; further SYNs are dropped. 0 takes the engine's default. On a device with
    /// several queues each has its part of it.
    /// </summary>
    public int ListenBacklog { get; init; }
}
