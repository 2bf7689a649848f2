using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Udp;

/// <summary>
/// The MTUs of paths to destinations of datagrams, as far as ICMP has reported them (RFC 1191, RFC 8201). A report is
/// forgotten after ten minutes, since the path may have changed (RFC 1191 section 6.3). Bounded.
/// </summary>
internal sealed class UdpPathMtus
{
    private const int MaxPaths = 256;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly Dictionary<IpAddress, (int Mtu, MonotonicTime Until)> _paths = [];

    public int Count => _paths.Count;

    /// <summary>The MTU of the path to a destination in bytes; <paramref name="link"/> when nothing is known.</summary>
    public int Get(IpAddress destination, int link, MonotonicTime now) =>
        _paths.TryGetValue(destination, out var path) && now < path.Until ? Math.Min(path.Mtu, link) : link;

    /// <summary>A checked ICMP error has reported a smaller MTU.</summary>
    public void Lower(IpAddress destination, int mtu, MonotonicTime now)
    {
        if (_paths.Count >= MaxPaths && !_paths.ContainsKey(destination))
            RemoveOldest();
        if (!_paths.TryGetValue(destination, out var path) || now >= path.Until || mtu <= path.Mtu)
            _paths[destination] = (mtu, now + Lifetime);
    }

    private void RemoveOldest()
    {
        var oldest = _paths.MinBy(static path => path.Value.Until).Key;
        _paths.Remove(oldest);
    }
}
