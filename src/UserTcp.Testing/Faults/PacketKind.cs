namespace UserTcp.Testing.Faults;

/// <summary>A kind of packet that a rule names.</summary>
internal enum PacketKind
{
    Packet, Syn, SynAck, Ack, Data, Fin, Rst,
}
