using UserTcp.Capture;
using UserTcp.Impairment;
using UserTcp.Testing.Wires;
using UserTcp.Wire;

namespace UserTcp.Testing;

/// <summary>A packet as it leaves a host, for a fault to look at.</summary>
public readonly ref struct VirtualPacket
{
    private readonly ReadOnlySpan<byte> _frame;

    internal VirtualPacket(ReadOnlySpan<byte> frame, TimeSpan time, HostNames names)
    {
        _frame = frame;
        Time = time;
        From = To = "";
        if (!IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _))
            return;
        From = names.NameOf(packet.Source);
        To = names.NameOf(packet.Destination);
        if (packet.Protocol != IpProtocol.Tcp || !TcpSegment.TryParse(packet.Payload, out var segment))
            return;
        IsTcp = true;
        FromPort = segment.SourcePort.Value;
        ToPort = segment.DestinationPort.Value;
        Flags = segment.Flags;
        Sequence = segment.Seq.Value;
        Acknowledgment = segment.Ack.Value;
        Data = segment.Payload;
        Facts = new PacketFacts(Flags, Data.Length);
    }

    /// <summary>The virtual time since the start.</summary>
    public TimeSpan Time { get; }

    /// <summary>The sending host's name.</summary>
    public string From { get; }

    /// <summary>The receiving host's name; the address in text form when no host has it.</summary>
    public string To { get; }

    /// <summary>The source port; 0 when it is not TCP.</summary>
    public int FromPort { get; }

    /// <summary>The destination port; 0 when it is not TCP.</summary>
    public int ToPort { get; }

    /// <summary>True for a TCP segment; false for ICMP.</summary>
    public bool IsTcp { get; }

    /// <summary>The control bits.</summary>
    public TcpFlags Flags { get; }

    /// <summary>SEG.SEQ.</summary>
    public uint Sequence { get; }

    /// <summary>SEG.ACK.</summary>
    public uint Acknowledgment { get; }

    /// <summary>The segment's data.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Bytes of the whole packet.</summary>
    public int Length => _frame.Length;

    /// <summary>The whole packet.</summary>
    public ReadOnlySpan<byte> Bytes => _frame;

    /// <summary>True for a SYN without ACK.</summary>
    public bool IsSyn => Facts.IsOfKind(PacketKind.Syn);

    /// <summary>True for a SYN,ACK.</summary>
    public bool IsSynAck => Facts.IsOfKind(PacketKind.SynAck);

    /// <summary>True for a segment with data.</summary>
    public bool IsData => Facts.IsOfKind(PacketKind.Data);

    /// <summary>True for a segment that carries an acknowledgment and nothing else.</summary>
    public bool IsAck => Facts.IsOfKind(PacketKind.Ack);

    /// <summary>True for a segment with FIN.</summary>
    public bool IsFin => Facts.IsOfKind(PacketKind.Fin);

    /// <summary>True for a segment with RST.</summary>
    public bool IsRst => Facts.IsOfKind(PacketKind.Rst);

    /// <summary>What decides the kinds of the packet.</summary>
    internal PacketFacts Facts { get; }

    /// <summary>Who sends what to whom: "client:49152 > api:80 ACK seq=7 ack=9 len=1448".</summary>
    public override string ToString() => IsTcp
        ? FormattableString.Invariant(
            $"{From}:{FromPort} > {To}:{ToPort} {SegmentLine.Flags(Flags)} seq={Sequence} ack={Acknowledgment} ")
            + FormattableString.Invariant($"len={Data.Length}")
        : FormattableString.Invariant($"{From} > {To} not TCP, {Length} bytes");
}
