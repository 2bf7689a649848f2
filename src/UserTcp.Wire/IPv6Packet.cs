using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// An IPv6 packet (RFC 8200 section 3) as a view; every instance has valid lengths and parsed extension headers:
/// <code>
///  0 version, traffic class, flow label                     |
///  4 payload length                   | 6 next | 7 hop limit|
///  8 source address                                         |
/// 24 destination address                                    |
/// 40 extension headers ... upper layer                      |
/// </code>
/// </summary>
public readonly ref struct IPv6Packet
{
    private const int HeaderLength = 40;
    private const int NextHeaderOffset = 6;
    private const int MaxExtensionHeaders = 8;
    private readonly int _payloadStart;

    private IPv6Packet(ReadOnlySpan<byte> bytes, int payloadStart, int protocolOffset, bool isFragment)
    {
        Bytes = bytes;
        _payloadStart = payloadStart;
        ProtocolOffset = protocolOffset;
        IsFragment = isFragment;
    }

    /// <summary>The packet, without padding after it in the frame.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The upper-layer protocol, after all extension headers.</summary>
    public IpProtocol Protocol => (IpProtocol)Bytes[ProtocolOffset];

    /// <summary>
    /// The offset in <see cref="Bytes"/> of the last Next Header field, which holds <see cref="Protocol"/>.
    /// </summary>
    public int ProtocolOffset { get; }

    /// <summary>True for a fragment of a larger packet; false for an atomic fragment (RFC 6946).</summary>
    public bool IsFragment { get; }

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass => (byte)((BinaryPrimitives.ReadUInt16BigEndian(Bytes) >> 4) & 0xFF);

    /// <summary>The hop limit.</summary>
    public byte HopLimit => Bytes[7];

    /// <summary>The source address.</summary>
    public IpAddress Source => IpAddress.ReadIPv6(Bytes[8..]);

    /// <summary>The destination address.</summary>
    public IpAddress Destination => IpAddress.ReadIPv6(Bytes[24..]);

    /// <summary>The upper-layer payload.</summary>
    public ReadOnlySpan<byte> Payload => Bytes[_payloadStart..];

    /// <summary>Parses a frame; false for another version, invalid lengths or invalid extension headers.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, out IPv6Packet packet) => TryParse(frame, out packet, out _);

    internal static bool TryParse(ReadOnlySpan<byte> frame, out IPv6Packet packet, out IpParseError error)
    {
        packet = default;
        if (frame.Length < HeaderLength)
        {
            error = IpParseError.Truncated;
            return false;
        }

        var length = HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(frame[4..]);
        error = frame[0] >> 4 != 6
            ? IpParseError.BadVersion
            : length > frame.Length ? IpParseError.BadTotalLength
            : IpParseError.None;
        return error == IpParseError.None && TryWalk(frame[..length], out packet, out error);
    }

    /// <summary>Walks the extension headers: up to eight, each of eight octets or more.</summary>
    private static bool TryWalk(ReadOnlySpan<byte> bytes, out IPv6Packet packet, out IpParseError error)
    {
        packet = default;
        var offset = NextHeaderOffset;
        var protocol = (IpProtocol)bytes[offset];
        var position = HeaderLength;
        var isFragment = false;
        for (var walked = 0; IsExtension(protocol, isFirst: walked == 0); walked++)
        {
            error = CheckExtension(bytes[position..], protocol, walked, out var length);
            if (error != IpParseError.None)
                return false;
            // Offset and M bit: both zero in an atomic fragment.
            if (protocol == IpProtocol.Fragment)
                isFragment |= (BinaryPrimitives.ReadUInt16BigEndian(bytes[(position + 2)..]) & 0xFFF9) != 0;
            offset = position;
            protocol = (IpProtocol)bytes[offset];
            position += length;
            // A later fragment continues with data, not with a header.
            if (isFragment)
                break;
        }

        error = IpParseError.None;
        packet = new IPv6Packet(bytes, position, offset, isFragment);
        return true;
    }

    /// <summary>Hop-by-hop options anywhere but first count as an unknown header (RFC 8200 section 4.1).</summary>
    internal static bool IsExtension(IpProtocol protocol, bool isFirst) =>
        protocol is IpProtocol.Routing or IpProtocol.Fragment or IpProtocol.DestinationOptions
        || (protocol == IpProtocol.HopByHop && isFirst);

    private static IpParseError CheckExtension(
        ReadOnlySpan<byte> header, IpProtocol protocol, int walked, out int length)
    {
        length = 0;
        if (walked == MaxExtensionHeaders)
            return IpParseError.TooManyExtensionHeaders;
        if (header.Length < 8)
            return IpParseError.BadHeaderLength;
        length = protocol == IpProtocol.Fragment ? 8 : (header[1] + 1) * 8;
        if (length > header.Length)
            return IpParseError.BadHeaderLength;
        return IpParseError.None;
    }
}
