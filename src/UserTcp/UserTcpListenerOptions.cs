using System.Net;
using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>The options of a passive open, and of the connections that it accepts.</summary>
public sealed class UserTcpListenerOptions : UserTcpTransportOptions
{
    /// <summary>
    /// Address and port. <see cref="IPAddress.Any"/> is every IPv4 address, <see cref="IPAddress.IPv6Any"/> every
    /// address of both families (see <see cref="IPv6Only"/>); port 0 chooses an ephemeral one. Wildcards include the
    /// loopback addresses, which only the stack itself reaches.
    /// </summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>
    /// Max established connections that wait to be accepted; further SYNs are dropped. 0 uses the engine's default. On
    /// a device with several queues each has its part of it.
    /// </summary>
    public int ListenBacklog { get; init; }

    /// <summary>
    /// True lets <see cref="IPAddress.IPv6Any"/> listen for IPv6 alone (IPV6_V6ONLY), so that another listener may have
    /// the port for IPv4. False by default, which is <c>Socket.DualMode</c>.
    /// </summary>
    public bool IPv6Only { get; init; }

    /// <summary>
    /// True allows no other listener at the same port on any of its addresses. False, the default, allows one on a
    /// wildcard beside one on an address, which then goes first.
    /// </summary>
    public bool ExclusiveAddressUse { get; init; }

    internal ListenFlags Flags =>
        (IPv6Only ? ListenFlags.IPv6Only : 0) | (ExclusiveAddressUse ? ListenFlags.Exclusive : 0);
}
