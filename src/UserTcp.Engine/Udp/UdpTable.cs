using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Udp;

/// <summary>
/// Finds the endpoint for a datagram: the exact address first, then the family's wildcard, then :: for both families. A
/// connected endpoint leaves the datagrams of other ends to the next one.
/// </summary>
internal sealed class UdpTable(int maxEndpoints)
{
    // Only the application chooses the keys, so an unkeyed hash cannot be attacked from outside.
    private readonly Dictionary<(IpAddress Address, Port Port), UdpEndpoint> _endpoints = [];

    public IEnumerable<UdpEndpoint> All => _endpoints.Values;

    public int Count => _endpoints.Count;

    public bool IsFull => _endpoints.Count >= maxEndpoints;

    /// <summary>Bytes of memory in the receive queues of all endpoints.</summary>
    public long Memory { get; set; }

    /// <summary>The endpoint for a datagram to one of our addresses; null when there is none.</summary>
    public UdpEndpoint? Find(IpAddress local, Port port, in UdpPeer source)
    {
        if (_endpoints.Count == 0)
            return null;
        return At(local, port, local, source)
            ?? (local.IsIPv4 ? At(IpAddress.AnyIPv4, port, local, source) : null)
            ?? At(IpAddress.AnyIPv6, port, local, source);
    }

    public bool TryAdd(UdpEndpoint endpoint) =>
        !IsExcluded(endpoint.LocalAddress, endpoint.LocalPort, endpoint.Flags)
        && _endpoints.TryAdd((endpoint.LocalAddress, endpoint.LocalPort), endpoint);

    public void Remove(UdpEndpoint endpoint) => _endpoints.Remove((endpoint.LocalAddress, endpoint.LocalPort));

    /// <summary>True when an endpoint there would have the port for addresses that another one has.</summary>
    public bool IsTaken(IpAddress address, Port port, UdpFlags flags) =>
        _endpoints.ContainsKey((address, port)) || IsExcluded(address, port, flags);

    private UdpEndpoint? At(IpAddress bound, Port port, IpAddress local, in UdpPeer source) =>
        _endpoints.TryGetValue((bound, port), out var endpoint) && endpoint.Covers(local)
            && endpoint.Accepts(local, source)
            ? endpoint
            : null;

    /// <summary>True when an endpoint, or one that is bound, wants their common addresses for itself.</summary>
    private bool IsExcluded(IpAddress address, Port port, UdpFlags flags)
    {
        foreach (var bound in _endpoints.Values)
        {
            if (bound.LocalPort == port && ((bound.Flags | flags) & UdpFlags.Exclusive) != 0
                && (bound.Covers(address) || UdpEndpoint.Covers(address, flags, bound.LocalAddress)))
            {
                return true;
            }
        }

        return false;
    }
}
