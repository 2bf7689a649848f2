using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>
/// Linux's sockaddr_in and sockaddr_in6. An IPv4-mapped IPv6 address is converted to the IPv4 address.
/// </summary>
internal readonly record struct SocketAddress(IpAddress Address, Port Port)
{
    private const int LengthOfIPv4 = 16;
    private const int LengthOfIPv6 = 28;

    public static int FamilyOf(ReadOnlySpan<byte> octets) =>
        octets.Length < 2 ? -1 : MemoryMarshal.Read<ushort>(octets);

    /// <summary>The address for a socket of <paramref name="family"/>; an error number when it is invalid.</summary>
    public static Errno Read(ReadOnlySpan<byte> octets, int family, out SocketAddress address)
    {
        address = default;
        var length = family == LinuxNumbers.InternetFamily ? LengthOfIPv4 : LengthOfIPv6;
        if (octets.Length < length)
            return Errno.Invalid;
        if (FamilyOf(octets) != family)
            return Errno.FamilyNotSupported;
        var port = new Port(BinaryPrimitives.ReadUInt16BigEndian(octets[2..]));
        address = family == LinuxNumbers.InternetFamily
            ? new SocketAddress(IpAddress.ReadIPv4(octets[4..]), port)
            : new SocketAddress(IpAddress.ReadIPv6(octets[8..]), port);
        return Errno.None;
    }

    /// <summary>Writes the address, truncated to the buffer, and returns its full length.</summary>
    public int Write(Span<byte> destination, int family)
    {
        Span<byte> octets = stackalloc byte[LengthOfIPv6];
        octets.Clear();
        MemoryMarshal.Write(octets, (ushort)family);
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], Port.Value);
        var length = LengthOfIPv4;
        if (family == LinuxNumbers.InternetFamily)
        {
            Address.Write(octets[4..]);
        }
        else
        {
            length = LengthOfIPv6;
            BinaryPrimitives.WriteUInt64BigEndian(octets[8..], Address.High);
            BinaryPrimitives.WriteUInt64BigEndian(octets[16..], Address.Low);
        }

        octets[..Math.Min(length, destination.Length)].CopyTo(destination);
        return length;
    }
}
