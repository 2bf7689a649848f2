using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// A UDP datagram (RFC 768) as a view; every instance has a valid length:
/// <code>
/// 0 source port | 2 destination port |
/// 4 length      | 6 checksum         |
/// 8 data                             |
/// </code>
/// </summary>
public readonly ref struct UdpDatagram
{
    private UdpDatagram(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>The datagram, without octets of the packet behind it.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The sender's port; 0 when it expects no reply.</summary>
    public Port SourcePort => new(BinaryPrimitives.ReadUInt16BigEndian(Bytes));

    /// <summary>The receiver's port.</summary>
    public Port DestinationPort => new(BinaryPrimitives.ReadUInt16BigEndian(Bytes[2..]));

    /// <summary>The checksum field; 0 when the sender has computed none.</summary>
    public ushort ChecksumField => BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]);

    /// <summary>The data.</summary>
    public ReadOnlySpan<byte> Payload => Bytes[UdpHeader.Length..];

    /// <summary>
    /// True when the checksum is correct for a datagram between these addresses, or rightly left out. Zero is never
    /// correct over IPv6 (RFC 8200 section 8.1).
    /// </summary>
    public bool HasValidChecksum(IpAddress source, IpAddress destination)
    {
        if (ChecksumField == 0)
            return source.IsIPv4;
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(source, destination, IpProtocol.Udp, Bytes.Length);
        sum.Add(Bytes);
        return sum.Finish() == 0;
    }

    /// <summary>
    /// Parses the payload of a packet. The datagram may be shorter than it, and never longer. False when it is, or when
    /// its length has no room for the header.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out UdpDatagram datagram)
    {
        datagram = default;
        if (payload.Length < UdpHeader.Length)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(payload[4..]);
        if (length < UdpHeader.Length || length > payload.Length)
            return false;
        datagram = new UdpDatagram(payload[..length]);
        return true;
    }
}
