using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>The place of a fragment in its datagram (RFC 791 section 3.2, RFC 8200 section 4.5).</summary>
/// <param name="Identification">The identification that all fragments of the datagram have.</param>
/// <param name="Offset">The offset of its data in the fragmented part, in octets; a multiple of 8.</param>
/// <param name="HasMore">The M flag: further fragments follow.</param>
/// <param name="HeaderLength">Octets of the headers that each fragment repeats; the fragment header excluded.</param>
/// <param name="NextHeaderOffset">The offset of the octet that names what follows these headers.</param>
/// <param name="Protocol">The first header of the fragmented part.</param>
public readonly record struct IpFragment(
    uint Identification, int Offset, bool HasMore, int HeaderLength, int NextHeaderOffset, IpProtocol Protocol)
{
    /// <summary>The most octets that an offset and a fragment can describe (RFC 791 section 3.2).</summary>
    public const int MaxOffset = 0x1FFF * 8;

    private const int IPv4ProtocolOffset = 9;
    private const int FragmentHeaderLength = 8;

    /// <summary>Reads the place of a fragment; false for a whole packet.</summary>
    public static bool TryRead(scoped in IpPacket packet, out IpFragment fragment)
    {
        fragment = default;
        return packet.IsIPv4 ? TryReadV4(packet.Bytes, out fragment) : TryReadV6(packet.Bytes, out fragment);
    }

    private static bool TryReadV4(ReadOnlySpan<byte> bytes, out IpFragment fragment)
    {
        var field = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        fragment = new IpFragment(
            BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]), (field & 0x1FFF) * 8, (field & 0x2000) != 0,
            (bytes[0] & 0x0F) * 4, IPv4ProtocolOffset, (IpProtocol)bytes[IPv4ProtocolOffset]);
        return fragment.HasMore || fragment.Offset != 0;
    }

    private static bool TryReadV6(ReadOnlySpan<byte> bytes, out IpFragment fragment)
    {
        fragment = default;
        var offset = 6;
        var position = IpHeader.IPv6Length;
        while ((IpProtocol)bytes[offset] is var next && IPv6Packet.IsExtension(next, isFirst: offset == 6))
        {
            if (next == IpProtocol.Fragment
                && BinaryPrimitives.ReadUInt16BigEndian(bytes[(position + 2)..]) is var field && (field & 0xFFF9) != 0)
            {
                fragment = new IpFragment(
                    BinaryPrimitives.ReadUInt32BigEndian(bytes[(position + 4)..]), field & 0xFFF8, (field & 1) != 0,
                    position, offset, (IpProtocol)bytes[position]);
                return true;
            }

            offset = position;
            position += next == IpProtocol.Fragment ? FragmentHeaderLength : (bytes[position + 1] + 1) * 8;
        }

        return false;
    }
}
