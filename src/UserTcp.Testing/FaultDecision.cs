namespace UserTcp.Testing;

/// <summary>
/// Decides what happens to a packet that leaves a host; called for each one, retransmissions included.
/// </summary>
public delegate VirtualVerdict FaultDecision(VirtualPacket packet);
