using System.Net;

namespace UserTcp;

/// <summary>The options of a passive open, and of the connections that it accepts.</summary>
public sealed class UserTcpListenerOptions : UserTcpTransportOptions
{
    /// <summary>
    /// Address and port. <see cref="IPAddress.Any"/> is every IPv4 address, <see cref="IPAddress.IPv6Any"/> every
    /// address of both families; port 0 chooses an ephemeral one.
    /// </summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>
    /// Max established connections that wait to be accepted; further SYNs are dropped. 0 uses the engine's default. On
    /// a device with several queues each has its part of it.
    /// </summary>
    public int ListenBacklog { get; init; }
}
