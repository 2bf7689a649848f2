using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>
/// The addresses of this host, its loopback addresses (127.0.0.1, ::1), and the invalid source addresses.
/// </summary>
internal sealed class HostAddresses
{
    private const int IPv6MinMtu = 1280;

    private readonly IpAddress[] _addresses;
    private readonly IpAddress[] _broadcasts;

    /// <param name="addresses">The addresses on the link.</param>
    /// <param name="link">The link. ::1 needs the MTU of IPv6 (RFC 8200 section 5).</param>
    public HostAddresses(IReadOnlyList<IpAddress> addresses, LinkProperties link)
    {
        Own = [.. addresses];
        _addresses = link.Mtu < IPv6MinMtu
            ? [.. Own, IpAddress.LoopbackIPv4]
            : [.. Own, IpAddress.LoopbackIPv4, IpAddress.LoopbackIPv6];
        _broadcasts = [.. link.BroadcastAddresses];
    }

    /// <summary>The addresses that the host has on its link.</summary>
    public IReadOnlyList<IpAddress> Own { get; }

    /// <summary>The address with that index, from 0.</summary>
    public IpAddress this[int index] => _addresses[index];

    /// <summary>True for an address that is the host's own, loopback included.</summary>
    public bool Contains(IpAddress address) => IndexOf(address) >= 0;

    /// <summary>The index of one of our addresses; -1 for any other.</summary>
    public int IndexOf(IpAddress address) => Array.IndexOf(_addresses, address);

    /// <summary>
    /// The source address for a destination when the application names none (MUST-44): one of our own is its own
    /// source, every other has the first of its family.
    /// </summary>
    public IpAddress? SourceFor(IpAddress destination)
    {
        if (Contains(destination))
            return destination;
        // By index: each datagram asks, and an enumerator would be an object.
        for (var i = 0; i < Own.Count; i++)
        {
            if (Own[i].IsIPv4 == destination.IsIPv4)
                return Own[i];
        }

        return null;
    }

    /// <summary>
    /// True for an invalid source of a frame from the link: unspecified or 0/8, loopback, multicast, class E, limited
    /// broadcast or the link's broadcast, or our own (RFC 1122 section 3.2.1.3, RFC 6890; MUST-63, and the LAND
    /// attack).
    /// </summary>
    public bool IsMartian(IpAddress source) =>
        !CanBeHost(source) || Contains(source) || Array.IndexOf(_broadcasts, source) >= 0;

    /// <summary>True for an address that a host may have on a link.</summary>
    public static bool CanBeHost(IpAddress address) =>
        !(address.IsUnspecified || address.IsMulticast || IsClassE(address) || address.IsLoopback ||
            (address.IsIPv4 && address.IPv4Value >> 24 == 0));

    /// <summary>240.0.0.0/4, reserved (RFC 1112 section 4); includes 255.255.255.255.</summary>
    private static bool IsClassE(IpAddress address) => address.IsIPv4 && address.IPv4Value >> 28 == 0xF;
}
