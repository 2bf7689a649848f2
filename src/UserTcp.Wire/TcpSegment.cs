using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// A TCP segment (RFC 9293 section 3.1) as a view; every instance has a valid data offset:
/// <code>
///  0 source port                | 2 destination port        |
///  4 sequence number                                        |
///  8 acknowledgment number                                  |
/// 12 data offset | 13 control   | 14 window                 |
/// 16 checksum                   | 18 urgent pointer         |
/// 20 options ... data offset * 4                            |
/// </code>
/// </summary>
public readonly ref struct TcpSegment
{
    private TcpSegment(ReadOnlySpan<byte> bytes, int headerLength)
    {
        Bytes = bytes;
        HeaderLength = headerLength;
    }

    /// <summary>The whole segment.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The header length in octets, options included: 20 to 60.</summary>
    public int HeaderLength { get; }

    /// <summary>The sender's port.</summary>
    public Port SourcePort => new(BinaryPrimitives.ReadUInt16BigEndian(Bytes));

    /// <summary>The receiver's port.</summary>
    public Port DestinationPort => new(BinaryPrimitives.ReadUInt16BigEndian(Bytes[2..]));

    /// <summary>SEG.SEQ.</summary>
    public SeqNum Seq => new(BinaryPrimitives.ReadUInt32BigEndian(Bytes[4..]));

    /// <summary>SEG.ACK; significant only with the ACK bit.</summary>
    public SeqNum Ack => new(BinaryPrimitives.ReadUInt32BigEndian(Bytes[8..]));

    /// <summary>The control bits.</summary>
    public TcpFlags Flags => (TcpFlags)Bytes[13];

    /// <summary>The window field, unscaled.</summary>
    public ushort Window => BinaryPrimitives.ReadUInt16BigEndian(Bytes[14..]);

    /// <summary>The checksum field.</summary>
    public ushort ChecksumField => BinaryPrimitives.ReadUInt16BigEndian(Bytes[16..]);

    /// <summary>SEG.UP; significant only with the URG bit. Never an index into the payload.</summary>
    public ushort UrgentPointer => BinaryPrimitives.ReadUInt16BigEndian(Bytes[18..]);

    /// <summary>The option octets.</summary>
    public ReadOnlySpan<byte> OptionBytes => Bytes[TcpHeader.MinLength..HeaderLength];

    /// <summary>The data of the segment.</summary>
    public ReadOnlySpan<byte> Payload => Bytes[HeaderLength..];

    /// <summary>SEG.LEN: octets of data, plus one each for SYN and FIN (RFC 9293 section 3.3.1).</summary>
    public uint Length =>
        (uint)(Bytes.Length - HeaderLength) + (Has(TcpFlags.Syn) ? 1u : 0) + (Has(TcpFlags.Fin) ? 1u : 0);

    /// <summary>Parses all options.</summary>
    public TcpOptions ParseOptions() => TcpOptions.Parse(OptionBytes);

    /// <summary>True when all the given control bits are set.</summary>
    public bool Has(TcpFlags flags) => (Flags & flags) == flags;

    /// <summary>True when the checksum is correct for a segment between these addresses (MUST-3).</summary>
    public bool HasValidChecksum(IpAddress source, IpAddress destination)
    {
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(source, destination, IpProtocol.Tcp, Bytes.Length);
        sum.Add(Bytes);
        return sum.Finish() == 0;
    }

    /// <summary>Parses a segment; false when it is too short or its data offset is invalid.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TcpSegment segment)
    {
        segment = default;
        if (bytes.Length < TcpHeader.MinLength)
            return false;
        var headerLength = (bytes[12] >> 4) * 4;
        if (headerLength < TcpHeader.MinLength || headerLength > bytes.Length)
            return false;
        segment = new TcpSegment(bytes, headerLength);
        return true;
    }
}
