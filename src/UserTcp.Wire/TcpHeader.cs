using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// The fields of a TCP header without options and checksum (RFC 9293 section 3.1); <see cref="TcpSegment"/> shows the
/// layout.
/// </summary>
/// <param name="SourcePort">The sender's port.</param>
/// <param name="DestinationPort">The receiver's port.</param>
/// <param name="Seq">SEG.SEQ.</param>
/// <param name="Ack">SEG.ACK.</param>
/// <param name="Flags">The control bits.</param>
/// <param name="Window">The window field.</param>
/// <param name="UrgentPointer">SEG.UP.</param>
public readonly record struct TcpHeader(
    Port SourcePort, Port DestinationPort, SeqNum Seq, SeqNum Ack, TcpFlags Flags, ushort Window,
    ushort UrgentPointer = 0)
{
    /// <summary>Octets of a header without options.</summary>
    public const int MinLength = 20;

    /// <summary>Octets of the largest header.</summary>
    public const int MaxLength = 60;

    /// <summary>
    /// Writes the header, with a zero checksum, and returns its length, a multiple of four.
    /// <paramref name="destination"/> needs <see cref="MaxLength"/> octets when there are options.
    /// </summary>
    public int Write(Span<byte> destination, in TcpOptions options)
    {
        var length = MinLength + new TcpOptionWriter(destination[MinLength..]).Write(options);
        BinaryPrimitives.WriteUInt16BigEndian(destination, SourcePort.Value);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], DestinationPort.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Seq.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Ack.Value);
        destination[12] = (byte)(length / 4 << 4);
        destination[13] = (byte)Flags;
        BinaryPrimitives.WriteUInt16BigEndian(destination[14..], Window);
        BinaryPrimitives.WriteUInt16BigEndian(destination[16..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(destination[18..], UrgentPointer);
        return length;
    }

    /// <summary>Writes the checksum into a complete header.</summary>
    public static void WriteChecksum(Span<byte> header, ushort checksum) =>
        BinaryPrimitives.WriteUInt16BigEndian(header[16..], checksum);
}
