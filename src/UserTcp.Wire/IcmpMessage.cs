using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// An ICMP message of either family (RFC 792, RFC 4443 section 2.1) as a view that exists only when it is long enough:
/// <code>
/// 0 type | 1 code | 2 checksum |
/// 4 rest of header, by type    |
/// 8 body                       |
/// </code>
/// </summary>
public readonly ref struct IcmpMessage
{
    private const int HeaderLength = 8;

    private IcmpMessage(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>The whole message.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The type; <see cref="IcmpV4"/> and <see cref="IcmpV6"/> name them.</summary>
    public byte Type => Bytes[0];

    /// <summary>The code.</summary>
    public byte Code => Bytes[1];

    /// <summary>
    /// The second word: identifier and sequence number of an echo, next-hop MTU of "too big", unused elsewhere.
    /// </summary>
    public uint Rest => BinaryPrimitives.ReadUInt32BigEndian(Bytes[4..]);

    /// <summary>The body: echo data, or the start of the packet that an error quotes.</summary>
    public ReadOnlySpan<byte> Body => Bytes[HeaderLength..];

    /// <summary>
    /// True when the checksum is correct. ICMPv6 covers the pseudo-header too (RFC 4443 section 2.3).
    /// </summary>
    public bool HasValidChecksum(IpAddress source, IpAddress destination) => Checksum(Bytes, source, destination) == 0;

    /// <summary>Parses a message; false below eight octets.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IcmpMessage message)
    {
        message = bytes.Length < HeaderLength ? default : new IcmpMessage(bytes);
        return bytes.Length >= HeaderLength;
    }

    /// <summary>Writes a message with its checksum and returns its length.</summary>
    public static int Write(
        Span<byte> destination, byte type, byte code, uint rest, ReadOnlySpan<byte> body, IpAddress source,
        IpAddress destinationAddress)
    {
        destination = destination[..(HeaderLength + body.Length)];
        destination[0] = type;
        destination[1] = code;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], rest);
        body.CopyTo(destination[HeaderLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], Checksum(destination, source, destinationAddress));
        return destination.Length;
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes, IpAddress source, IpAddress destination)
    {
        var sum = new ChecksumAccumulator();
        if (!source.IsIPv4)
            sum.AddPseudoHeader(source, destination, IpProtocol.IcmpV6, bytes.Length);
        sum.Add(bytes);
        return sum.Finish();
    }
}
