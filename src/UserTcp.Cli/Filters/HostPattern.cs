using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Wire;

namespace UserTcp.Cli.Filters;

/// <summary>Reads the host of a filter: an address, a network, a port, or an address with a port.</summary>
internal static class HostPattern
{
    /// <summary>The condition that a host is; null when it is none.</summary>
    public static FilterCondition? Parse(string host, bool ofPeer)
    {
        // An IPv6 address without brackets has colons of its own.
        if (ParseNetwork(host, ofPeer) is { } network)
            return network;
        var colon = host.LastIndexOf(':');
        if (colon < 0 || !TryParsePort(host[(colon + 1)..], out var port))
            return null;
        var atPort = new FilterCondition.PortIn(ofPeer, port, port);
        if (colon == 0)
            return atPort;
        var address = host[..colon];
        // Without brackets the last colon might belong to the address.
        if (address.Contains(':', StringComparison.Ordinal) && !address.StartsWith('['))
            return null;
        return ParseNetwork(address, ofPeer) is { } at ? new FilterCondition.All([at, atPort]) : null;
    }

    /// <summary>Reads a port number from 0, or the name of a service.</summary>
    public static bool TryParsePort(string word, out int port) =>
        (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue)
        || ServiceNames.TryFind(word, out port);

    private static FilterCondition? ParseNetwork(string network, bool ofPeer)
    {
        if (network == "*")
            return FilterCondition.Always;
        var slash = network.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? network : network[..slash];
        if (text.StartsWith('[') && text.EndsWith(']'))
            text = text[1..^1];
        if (!IPAddress.TryParse(text, out var address) || !IsWhole(text, address))
            return null;
        var max = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = max;
        if (slash >= 0
            && (!int.TryParse(network.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length)
                || length > max))
        {
            return null;
        }

        return new FilterCondition.AddressIn(ofPeer, IpAddress.From(address), length);
    }

    /// <summary>The framework reads 7 as 0.0.0.7, and an address in brackets with a port as an address.</summary>
    private static bool IsWhole(string text, IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork
            ? text.Count(c => c == '.') == 3
            : !text.Contains('[', StringComparison.Ordinal);
}
