using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using UserTcp.Testing.Faults;
using UserTcp.Wire;

namespace UserTcp.Testing.Wires;

/// <summary>The names of a network's hosts and their addresses: its DNS.</summary>
internal sealed class HostNames
{
    /// <summary>The top-level domain that every host is in (RFC 6761 section 6.2).</summary>
    private const string Suffix = ".test";

    /// <summary>Characters of a label (RFC 1035 section 2.3.4).</summary>
    private const int MaxLabel = 63;

    private readonly ConcurrentDictionary<string, IPAddress[]> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<IpAddress, string> _names = [];

    /// <summary>Adds a host.</summary>
    public void Add(string name, IPAddress[] addresses)
    {
        if (Array.Find(addresses, address => Has(IpAddress.From(address))) is { } taken)
            throw new ArgumentException($"{taken} is an address of another host.", nameof(addresses));
        foreach (var address in addresses)
        {
            if (!_names.TryAdd(IpAddress.From(address), name))
                throw new ArgumentException($"{address} is an address of two hosts.", nameof(addresses));
        }

        _addresses[name] = addresses;
    }

    /// <summary>True when a host has the address.</summary>
    public bool Has(IpAddress address) => _names.ContainsKey(address);

    /// <summary>
    /// True when a fault may name it: a host, or an address that no host has, of which packets may come or to which
    /// they may go all the same.
    /// </summary>
    public bool CanName(string word) =>
        _addresses.ContainsKey(word) || (IPAddress.TryParse(word, out var address) && !Has(IpAddress.From(address)));

    /// <summary>"It has api, client. Did you mean api?", of the network that does not have a host.</summary>
    public string DescribeOthers(string word)
    {
        if (_addresses.IsEmpty)
            return "It has none.";
        var names = _addresses.Keys.Order(StringComparer.Ordinal).ToArray();
        var meant = IPAddress.TryParse(word, out var address)
            ? _names.GetValueOrDefault(IpAddress.From(address))
            : NearestName.Find(WithoutSuffix(word), names);
        return $"It has {string.Join(", ", names)}." + (meant is null ? "" : $" Did you mean {meant}?");
    }

    /// <summary>Refuses a name that cannot be found, or that rules cannot name.</summary>
    /// <exception cref="ArgumentException">It is not a label of DNS (RFC 1123 section 2.1).</exception>
    public static void Check(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Length > MaxLabel || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ArgumentException(
                $"\"{name}\" is no name of a host: up to {MaxLabel} letters, digits, '-' and '_'. A host \"api\" is "
                + "found as \"api\" and as \"api.test\".",
                nameof(name));
        }
    }

    /// <summary>The host's name; the address as text when no host has it.</summary>
    public string NameOf(IpAddress address) => _names.GetValueOrDefault(address) ?? address.ToString();

    /// <summary>The addresses of "api" for "api" and "api.test".</summary>
    /// <exception cref="SocketException">HostNotFound: no host has the name.</exception>
    public Task<IPAddress[]> ResolveAsync(string host, AddressFamily family, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<IPAddress[]>(cancellationToken);
        var all = IPAddress.TryParse(host, out var literal)
            ? [literal]
            : _addresses.GetValueOrDefault(WithoutSuffix(host)) ?? [];
        var found = family == AddressFamily.Unspecified ? all : [.. all.Where(a => a.AddressFamily == family)];
        return found.Length > 0
            ? Task.FromResult(found)
            : Task.FromException<IPAddress[]>(new SocketException(
                (int)SocketError.HostNotFound,
                $"No host of the virtual network has the name {host}. {DescribeOthers(host)}"));
    }

    private static string WithoutSuffix(string host) =>
        host.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? host[..^Suffix.Length] : host;
}
