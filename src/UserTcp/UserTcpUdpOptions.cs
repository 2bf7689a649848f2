using System.Net;
using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>The options of a UDP socket.</summary>
public sealed class UserTcpUdpOptions
{
    /// <summary>
    /// Address and port. <see cref="IPAddress.Any"/> is every IPv4 address, <see cref="IPAddress.IPv6Any"/> every
    /// address of both families (see <see cref="IPv6Only"/>); port 0 chooses a random ephemeral one.
    /// </summary>
    public required IPEndPoint LocalEndPoint { get; init; }

    /// <summary>
    /// True lets <see cref="IPAddress.IPv6Any"/> have IPv6 alone (IPV6_V6ONLY), so that another socket may have the
    /// port for IPv4. False by default, which is <c>Socket.DualMode</c>.
    /// </summary>
    public bool IPv6Only { get; init; }

    /// <summary>
    /// True allows no other socket at the same port on any of its addresses. False, the default, allows one on a
    /// wildcard beside one on an address, which then goes first.
    /// </summary>
    public bool ExclusiveAddressUse { get; init; }

    /// <summary>
    /// True reports every ICMP error about a datagram of this socket (RFC 1122 section 4.1.3.3; IP_RECVERR): those of a
    /// connected peer to the next call, others to the next send to their destination. False, the default, reports what
    /// Linux does: port and protocol unreachable, to a connected socket.
    /// </summary>
    public bool ReportsAllErrors { get; init; }

    /// <summary>
    /// True refuses a datagram that does not fit the path's MTU (<c>Socket.DontFragment</c>). False, the default, sends
    /// it in fragments: up to 65,507 bytes over IPv4, 65,527 over IPv6.
    /// </summary>
    public bool DontFragment { get; init; }

    /// <summary>
    /// True lets continuations run on the loop's thread, which they must not block; null is the stack's option.
    /// </summary>
    public bool? InlineContinuations { get; init; }

    internal UdpFlags Flags =>
        (IPv6Only ? UdpFlags.IPv6Only : 0) | (ExclusiveAddressUse ? UdpFlags.Exclusive : 0)
        | (ReportsAllErrors ? UdpFlags.ReportsErrors : 0) | (DontFragment ? UdpFlags.DontFragment : 0);
}
