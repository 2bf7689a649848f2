using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>Writes IP headers (RFC 791 section 3.1, RFC 8200 section 3) without options or extension headers.</summary>
public static class IpHeader
{
    /// <summary>Octets of an IPv4 header without options.</summary>
    public const int IPv4Length = 20;

    /// <summary>Octets of an IPv6 header.</summary>
    public const int IPv6Length = 40;

    private const int FragmentHeaderLength = 8;

    /// <summary>Octets of the header for packets from or to <paramref name="address"/>.</summary>
    public static int LengthFor(IpAddress address) => address.IsIPv4 ? IPv4Length : IPv6Length;

    /// <summary>
    /// Writes a header and returns its length. IPv4 packets are atomic: DF is set and the identification is zero (RFC
    /// 6864 section 4.1).
    /// </summary>
    public static int Write(
        Span<byte> destination, IpAddress source, IpAddress destinationAddress, IpProtocol protocol, int payloadLength,
        byte hopLimit, byte trafficClass) =>
        source.IsIPv4
            ? WriteV4(destination, source, destinationAddress, protocol, payloadLength, hopLimit, trafficClass)
            : WriteV6(destination, source, destinationAddress, protocol, payloadLength, hopLimit, trafficClass);

    /// <summary>Octets of the headers of a fragment to <paramref name="address"/>.</summary>
    public static int FragmentLengthFor(IpAddress address) =>
        address.IsIPv4 ? IPv4Length : IPv6Length + FragmentHeaderLength;

    /// <summary>
    /// Writes the headers of a fragment and returns their length: without DF over IPv4 (RFC 791 section 3.2), with a
    /// fragment header over IPv6 (RFC 8200 section 4.5).
    /// </summary>
    /// <param name="destination">Where they are written.</param>
    /// <param name="source">The source address.</param>
    /// <param name="destinationAddress">The destination address.</param>
    /// <param name="fragment">Its identification, offset, flag and protocol.</param>
    /// <param name="payloadLength">Octets of data in this fragment.</param>
    /// <param name="hopLimit">TTL or hop limit.</param>
    /// <param name="trafficClass">DSCP and ECN.</param>
    public static int WriteFragment(
        Span<byte> destination, IpAddress source, IpAddress destinationAddress, in IpFragment fragment,
        int payloadLength, byte hopLimit, byte trafficClass)
    {
        if (source.IsIPv4)
        {
            WriteV4(
                destination, source, destinationAddress, fragment.Protocol, payloadLength, hopLimit, trafficClass);
            // IPv4 has the low 16 bits of it.
            BinaryPrimitives.WriteUInt16BigEndian(destination[4..], unchecked((ushort)fragment.Identification));
            var field = (fragment.Offset / 8) | (fragment.HasMore ? 0x2000 : 0);
            BinaryPrimitives.WriteUInt16BigEndian(destination[6..], (ushort)field);
            BinaryPrimitives.WriteUInt16BigEndian(destination[10..], 0);
            BinaryPrimitives.WriteUInt16BigEndian(
                destination[10..], InternetChecksum.Compute(destination[..IPv4Length]));
            return IPv4Length;
        }

        WriteV6(
            destination, source, destinationAddress, IpProtocol.Fragment, FragmentHeaderLength + payloadLength,
            hopLimit, trafficClass);
        var header = destination.Slice(IPv6Length, FragmentHeaderLength);
        header[0] = (byte)fragment.Protocol;
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(fragment.Offset | (fragment.HasMore ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], fragment.Identification);
        return IPv6Length + FragmentHeaderLength;
    }

    private static int WriteV4(
        Span<byte> header, IpAddress source, IpAddress destination, IpProtocol protocol, int payloadLength,
        byte hopLimit, byte trafficClass)
    {
        header = header[..IPv4Length];
        header[0] = 0x45;
        header[1] = trafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(IPv4Length + payloadLength));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], 0x4000);
        header[8] = hopLimit;
        header[9] = (byte)protocol;
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], 0);
        source.Write(header[12..]);
        destination.Write(header[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Compute(header));
        return IPv4Length;
    }

    private static int WriteV6(
        Span<byte> header, IpAddress source, IpAddress destination, IpProtocol protocol, int payloadLength,
        byte hopLimit, byte trafficClass)
    {
        header = header[..IPv6Length];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x6000_0000 | ((uint)trafficClass << 20));
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)payloadLength);
        header[6] = (byte)protocol;
        header[7] = hopLimit;
        source.Write(header[8..]);
        destination.Write(header[24..]);
        return IPv6Length;
    }
}
