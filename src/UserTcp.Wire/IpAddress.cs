using System.Buffers.Binary;
using System.Net;

namespace UserTcp.Wire;

/// <summary>
/// An IPv4 or IPv6 address in 16 octets. IPv4 is stored in its mapped form ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
/// IPv6 packets must not carry that form (RFC 4942 section 2.2), so the families cannot be confused.
/// </summary>
/// <param name="High">The first eight octets, most significant first.</param>
/// <param name="Low">The last eight octets, most significant first.</param>
public readonly record struct IpAddress(ulong High, ulong Low)
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    /// <summary>The IPv4 address 0.0.0.0.</summary>
    public static readonly IpAddress AnyIPv4 = new(0, MappedPrefix);

    /// <summary>The IPv6 address ::.</summary>
    public static readonly IpAddress AnyIPv6 = new(0, 0);

    /// <summary>The IPv4 address 127.0.0.1.</summary>
    public static readonly IpAddress LoopbackIPv4 = FromIPv4(0x7F00_0001);

    /// <summary>The IPv6 address ::1.</summary>
    public static readonly IpAddress LoopbackIPv6 = new(0, 1);

    /// <summary>True for an IPv4 address.</summary>
    public bool IsIPv4 => High == 0 && Low >> 32 == 0xFFFF;

    /// <summary>True for an IPv6 address.</summary>
    public bool IsIPv6 => !IsIPv4;

    /// <summary>The length on the wire in octets: 4 or 16.</summary>
    public int Length => IsIPv4 ? 4 : 16;

    /// <summary>True for 0.0.0.0 and ::.</summary>
    public bool IsUnspecified => this == AnyIPv4 || this == AnyIPv6;

    /// <summary>True for 127.0.0.0/8 and ::1.</summary>
    public bool IsLoopback => IsIPv4 ? IPv4Value >> 24 == 127 : High == 0 && Low == 1;

    /// <summary>True for 224.0.0.0/4 and ff00::/8.</summary>
    public bool IsMulticast => IsIPv4 ? IPv4Value >> 28 == 0xE : High >> 56 == 0xFF;

    /// <summary>True for 255.255.255.255.</summary>
    public bool IsLimitedBroadcast => IsIPv4 && IPv4Value == uint.MaxValue;

    /// <summary>The 32 bits of an IPv4 address, most significant octet first.</summary>
    public uint IPv4Value => unchecked((uint)Low);

    /// <summary>An IPv4 address from its 32 bits, most significant octet first.</summary>
    public static IpAddress FromIPv4(uint value) => new(0, MappedPrefix | value);

    /// <summary>
    /// An IPv4 address from four octets in network order; <paramref name="octets"/> holds four or more.
    /// </summary>
    public static IpAddress ReadIPv4(ReadOnlySpan<byte> octets) =>
        FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(octets));

    /// <summary>
    /// An IPv6 address from sixteen octets in network order; <paramref name="octets"/> holds sixteen or more.
    /// </summary>
    public static IpAddress ReadIPv6(ReadOnlySpan<byte> octets) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets[8..]));

    /// <summary>Converts an <see cref="IPAddress"/>; the scope id is dropped.</summary>
    public static IpAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var written);
        return written == 4 ? ReadIPv4(octets) : ReadIPv6(octets);
    }

    /// <summary>Writes the address in network order and returns the octets written, 4 or 16.</summary>
    public int Write(Span<byte> destination)
    {
        if (IsIPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, IPv4Value);
            return 4;
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
        return 16;
    }

    /// <summary>Converts to an <see cref="IPAddress"/>. Allocates: not for the segment path.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[16];
        return new IPAddress(octets[..Write(octets)]);
    }

    /// <summary>The usual notation: dotted decimal, or that of RFC 5952.</summary>
    public override string ToString() => ToIPAddress().ToString();
}
