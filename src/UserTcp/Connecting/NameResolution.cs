using System.Net;
using System.Net.Sockets;

namespace UserTcp.Connecting;

/// <summary>Resolves the end point that an application names to the addresses to try.</summary>
internal sealed class NameResolution(
    IReadOnlyList<IPAddress> localAddresses, UserTcpNameResolver? resolver)
{
    private readonly UserTcpNameResolver _resolve = resolver ?? Dns.GetHostAddressesAsync;

    /// <summary>
    /// The end points to try, in order; one or more. Addresses of a family that the stack does not have are left out.
    /// </summary>
    /// <exception cref="SocketException">
    /// The name has no such address, or the stack has no address of the family.
    /// </exception>
    /// <exception cref="ArgumentException">The end point is neither an IP nor a DNS one.</exception>
    public async ValueTask<IReadOnlyList<IPEndPoint>> ResolveAsync(
        EndPoint endPoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        switch (endPoint)
        {
            case IPEndPoint ip when HasFamilyOf(Unmap(ip.Address)):
                return [new IPEndPoint(Unmap(ip.Address), ip.Port)];

            case IPEndPoint:
                throw new SocketException((int)SocketError.AddressFamilyNotSupported);

            case DnsEndPoint dns:
                var addresses = await _resolve(dns.Host, dns.AddressFamily, cancellationToken).ConfigureAwait(false);
                var candidates = InTurn(addresses.Select(Unmap).Where(HasFamilyOf))
                    .Select(address => new IPEndPoint(address, dns.Port)).ToArray();
                return candidates.Length > 0 ? candidates : throw new SocketException((int)SocketError.HostNotFound);

            default:
                throw new ArgumentException($"{endPoint.GetType().Name} is not an end point of TCP.", nameof(endPoint));
        }
    }

    /// <summary>
    /// The addresses with their families in turn, beginning with that of the first (RFC 8305 section 4): when one
    /// family is broken, the other one has its attempt soon.
    /// </summary>
    private static IEnumerable<IPAddress> InTurn(IEnumerable<IPAddress> addresses)
    {
        Queue<IPAddress>[] families =
            [.. addresses.GroupBy(address => address.AddressFamily).Select(family => new Queue<IPAddress>(family))];
        while (families.Any(family => family.Count > 0))
        {
            foreach (var family in families)
            {
                if (family.TryDequeue(out var address))
                    yield return address;
            }
        }
    }

    /// <summary>The loopback addresses are there in both families.</summary>
    private bool HasFamilyOf(IPAddress address) =>
        IPAddress.IsLoopback(address)
        || localAddresses.Any(local => Unmap(local).AddressFamily == address.AddressFamily);

    private static IPAddress Unmap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
