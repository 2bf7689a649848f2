using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>Writes UDP headers (RFC 768); <see cref="UdpDatagram"/> shows the layout.</summary>
public static class UdpHeader
{
    /// <summary>Octets of a header.</summary>
    public const int Length = 8;

    /// <summary>Max octets of data in a datagram over IPv4 or IPv6: the length field has 16 bits.</summary>
    public const int MaxPayload = ushort.MaxValue - Length;

    /// <summary>
    /// Writes a header with a zero checksum, for <paramref name="payloadLength"/> octets of data, and returns its
    /// length.
    /// </summary>
    public static int Write(Span<byte> destination, Port source, Port destinationPort, int payloadLength)
    {
        destination = destination[..Length];
        BinaryPrimitives.WriteUInt16BigEndian(destination, source.Value);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], destinationPort.Value);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], (ushort)(Length + payloadLength));
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], 0);
        return Length;
    }

    /// <summary>
    /// Writes the checksum into a complete header. A computed zero is sent as FFFF, since zero means that there is no
    /// checksum (RFC 768, RFC 8200 section 8.1).
    /// </summary>
    public static void WriteChecksum(Span<byte> header, ushort checksum) =>
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], checksum == 0 ? ushort.MaxValue : checksum);
}
