using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// An IPv4 packet (RFC 791 section 3.1) as a view; every instance has valid lengths:
/// <code>
///  0 version, IHL | 1 type of service | 2 total length      |
///  4 identification                   | 6 flags, offset     |
///  8 time to live | 9 protocol        | 10 header checksum  |
/// 12 source address                                         |
/// 16 destination address                                    |
/// 20 options ... IHL * 4                                    |
/// </code>
/// </summary>
public readonly ref struct IPv4Packet
{
    private const int MinHeaderLength = 20;

    private IPv4Packet(ReadOnlySpan<byte> bytes, int headerLength)
    {
        Bytes = bytes;
        HeaderLength = headerLength;
    }

    /// <summary>The packet, without padding after it in the frame.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The header length in octets, options included.</summary>
    public int HeaderLength { get; }

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass => Bytes[1];

    /// <summary>The identification field; without meaning in an atomic packet (RFC 6864).</summary>
    public ushort Identification => BinaryPrimitives.ReadUInt16BigEndian(Bytes[4..]);

    /// <summary>DF.</summary>
    public bool DontFragment => (Bytes[6] & 0x40) != 0;

    /// <summary>MF.</summary>
    public bool MoreFragments => (Bytes[6] & 0x20) != 0;

    /// <summary>The offset of this fragment in the original payload, in octets.</summary>
    public int FragmentOffset => (BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]) & 0x1FFF) * 8;

    /// <summary>TTL.</summary>
    public byte HopLimit => Bytes[8];

    /// <summary>The protocol of the payload.</summary>
    public IpProtocol Protocol => (IpProtocol)Bytes[9];

    /// <summary>The source address.</summary>
    public IpAddress Source => IpAddress.ReadIPv4(Bytes[12..]);

    /// <summary>The destination address.</summary>
    public IpAddress Destination => IpAddress.ReadIPv4(Bytes[16..]);

    /// <summary>The octets after the header.</summary>
    public ReadOnlySpan<byte> Payload => Bytes[HeaderLength..];

    /// <summary>True for any fragment of a larger packet.</summary>
    public bool IsFragment => MoreFragments || FragmentOffset != 0;

    /// <summary>True when the header checksum is correct.</summary>
    public bool HasValidChecksum => InternetChecksum.Compute(Bytes[..HeaderLength]) == 0;

    /// <summary>Parses a frame; false for another version or invalid lengths.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, out IPv4Packet packet) => TryParse(frame, out packet, out _);

    internal static bool TryParse(ReadOnlySpan<byte> frame, out IPv4Packet packet, out IpParseError error)
    {
        packet = default;
        error = Check(frame, out var headerLength, out var totalLength);
        if (error != IpParseError.None)
            return false;
        packet = new IPv4Packet(frame[..totalLength], headerLength);
        return true;
    }

    private static IpParseError Check(ReadOnlySpan<byte> frame, out int headerLength, out int totalLength)
    {
        headerLength = totalLength = 0;
        if (frame.Length < MinHeaderLength)
            return IpParseError.Truncated;
        if (frame[0] >> 4 != 4)
            return IpParseError.BadVersion;
        headerLength = (frame[0] & 0x0F) * 4;
        if (headerLength < MinHeaderLength || headerLength > frame.Length)
            return IpParseError.BadHeaderLength;
        totalLength = BinaryPrimitives.ReadUInt16BigEndian(frame[2..]);
        return totalLength < headerLength || totalLength > frame.Length
            ? IpParseError.BadTotalLength
            : IpParseError.None;
    }
}
