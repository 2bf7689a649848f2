using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>What decides the kinds of a packet. The default is a packet that is not TCP.</summary>
public readonly record struct PacketFacts
{
    /// <summary>A TCP segment on its own: it is neither a retransmission, nor is its sender's ISN known.</summary>
    /// <param name="flags">The control bits.</param>
    /// <param name="dataLength">Bytes of data.</param>
    public PacketFacts(TcpFlags flags, int dataLength) => (IsTcp, Flags, DataLength) = (true, flags, dataLength);

    /// <summary>True for a TCP segment.</summary>
    public bool IsTcp { get; }

    /// <summary>The control bits.</summary>
    public TcpFlags Flags { get; }

    /// <summary>Bytes of data.</summary>
    public int DataLength { get; }

    /// <summary>
    /// The sequence number of the first byte of data, relative to the ISN of the segment's sender; null when the SYN
    /// was not seen.
    /// </summary>
    public uint? RelativeSequence { get; init; }

    /// <summary>True when the segment's sequence number is below the highest that its sender has used.</summary>
    public bool IsRetransmission { get; init; }

    /// <summary>True when the segment acknowledges the FIN of the opposite direction.</summary>
    public bool IsAckOfFin { get; init; }

    /// <summary>True when the packet is of the pattern's kind, whatever its number is.</summary>
    public bool IsOfKind(PacketPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return pattern.Kind == PacketKind.Seq ? Covers(pattern.Sequence) : IsOfKind(pattern.Kind);
    }

    /// <summary>True when the packet is of a kind. None is of <see cref="PacketKind.Seq"/> without a number.</summary>
    public bool IsOfKind(PacketKind kind) => kind switch
    {
        PacketKind.Any => true,
        PacketKind.Syn => Has(TcpFlags.Syn, without: TcpFlags.Ack),
        PacketKind.SynAck => Has(TcpFlags.Syn | TcpFlags.Ack),
        PacketKind.Ack => DataLength == 0
            && Has(TcpFlags.Ack, without: TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst),
        PacketKind.Data => DataLength > 0,
        PacketKind.Fin => Has(TcpFlags.Fin),
        PacketKind.AckOfFin => IsAckOfFin,
        PacketKind.Rst => Has(TcpFlags.Rst),
        PacketKind.Retransmission => IsRetransmission,
        _ => false,
    };

    private bool Has(TcpFlags flags, TcpFlags without = 0) => (Flags & (flags | without)) == flags;

    private bool Covers(uint sequence) =>
        RelativeSequence is { } start && unchecked(sequence - start) < (uint)DataLength;
}
