namespace UserTcp.Impairment;

/// <summary>A kind of packet that a trigger or a rule names. A packet may be of several kinds.</summary>
public enum PacketKind
{
    /// <summary><c>any</c>: each packet.</summary>
    Any,

    /// <summary><c>syn</c>: SYN without ACK.</summary>
    Syn,

    /// <summary><c>syn-ack</c>: SYN and ACK.</summary>
    SynAck,

    /// <summary><c>ack</c>: a pure ACK, with neither data nor SYN, FIN or RST.</summary>
    Ack,

    /// <summary><c>data</c>: a segment with data.</summary>
    Data,

    /// <summary><c>fin</c>: a segment with FIN.</summary>
    Fin,

    /// <summary>
    /// <c>ack-of-fin</c>: a segment that acknowledges the FIN of the opposite direction, whatever else it carries.
    /// </summary>
    AckOfFin,

    /// <summary><c>rst</c>: a segment with RST.</summary>
    Rst,

    /// <summary>
    /// <c>retransmission</c>: a SYN, data or FIN whose sequence number is below the highest that its sender has used.
    /// </summary>
    Retransmission,

    /// <summary>
    /// <c>seq:N</c>: a segment whose data covers sequence number N, relative to the ISN of its sender: the SYN is 0,
    /// and the first byte of data is 1. The connection's SYN has to be seen.
    /// </summary>
    Seq,
}
