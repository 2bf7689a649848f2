using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Wire;

namespace UserTcp.Tun;

/// <summary>
/// An address of an interface with its prefix length (RFC 4632, RFC 4291 section 2.3), such as "198.18.0.1/24".
/// </summary>
public sealed record TunAddress
{
    /// <summary>An address with a prefix length.</summary>
    /// <param name="address">The address. Its scope id is ignored.</param>
    /// <param name="prefixLength">The prefix length in bits: 0 to 32 for IPv4, 0 to 128 for IPv6.</param>
    /// <exception cref="ArgumentOutOfRangeException">The prefix is longer than the address.</exception>
    public TunAddress(IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, BitsOf(address));
        Address = address;
        PrefixLength = prefixLength;
    }

    /// <summary>The address.</summary>
    public IPAddress Address { get; }

    /// <summary>The prefix length in bits.</summary>
    public int PrefixLength { get; }

    /// <summary>
    /// The broadcast address of the network (RFC 919): all ones after the prefix. Null for IPv6, /31 and /32.
    /// </summary>
    internal IpAddress? Broadcast
    {
        get
        {
            const int LongestWithBroadcast = 30;
            if (Address.AddressFamily != AddressFamily.InterNetwork || PrefixLength > LongestWithBroadcast)
                return null;
            return IpAddress.FromIPv4(IpAddress.From(Address).IPv4Value | (uint)(uint.MaxValue >> PrefixLength));
        }
    }

    /// <summary>Parses "address/length".</summary>
    /// <exception cref="FormatException">The string has another form.</exception>
    public static TunAddress Parse(string text) => TryParse(text, out var address)
        ? address
        : throw new FormatException($"'{text}' is not an address with a prefix length, such as 198.18.0.1/24.");

    /// <summary>Parses "address/length"; false when the string has another form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out TunAddress? address)
    {
        address = null;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0 || !TryParseAddress(text!.AsSpan(0, slash), out var ip) ||
            !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ||
            length > BitsOf(ip))
        {
            return false;
        }

        address = new TunAddress(ip, length);
        return true;
    }

    /// <summary>"address/length".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{PrefixLength}");

    private static int BitsOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;

    /// <summary>
    /// Refuses forms that <see cref="IPAddress"/> accepts: short or octal IPv4 (198.18.1), IPv6 in brackets or with a
    /// scope.
    /// </summary>
    private static bool TryParseAddress(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) &&
        (address.AddressFamily == AddressFamily.InterNetwork
            ? text.SequenceEqual(address.ToString())
            : text.IndexOfAny('[', '%') < 0);
}
