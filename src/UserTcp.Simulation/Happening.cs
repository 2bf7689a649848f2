namespace UserTcp.Simulation;

/// <summary>The adverse events that a run counts.</summary>
public enum Happening
{
    /// <summary>A packet was lost singly.</summary>
    Loss,

    /// <summary>A packet was lost in a burst of losses.</summary>
    BurstLoss,

    /// <summary>A packet was dropped because the queue before a link was full.</summary>
    QueueOverflow,

    /// <summary>A packet was dropped by a partition.</summary>
    PartitionLoss,

    /// <summary>A packet above the MTU was dropped without an ICMP error.</summary>
    BlackHole,

    /// <summary>A packet above the MTU was dropped, and its sender got an ICMP error.</summary>
    PacketTooBig,

    /// <summary>A packet arrived twice.</summary>
    Duplicate,

    /// <summary>A packet was delayed so that later ones arrived first.</summary>
    Reorder,

    /// <summary>Bits of a packet were inverted.</summary>
    Corruption,

    /// <summary>A packet arrived once more much later.</summary>
    Replay,

    /// <summary>A timer ran late.</summary>
    LateTimer,

    /// <summary>The clock jumped by weeks.</summary>
    ClockJump,

    /// <summary>A host lost all its state and restarted.</summary>
    Restart,

    /// <summary>The listener was closed for a while.</summary>
    ListenerPause,

    /// <summary>An off-path attacker forged a packet.</summary>
    Attack,

    /// <summary>The peer shrank its window: the right edge moved back.</summary>
    WindowShrunk,

    /// <summary>The peer dropped data that its window had allowed: out of order, or beyond a shrunken window.</summary>
    DataDiscarded,

    /// <summary>The peer acknowledged part of a segment.</summary>
    DividedAck,

    /// <summary>A segment of the peer began with data that it had sent before.</summary>
    Overlap,

    /// <summary>The peer sent a flight in reverse order.</summary>
    BackwardsFlight,

    /// <summary>A link set a packet to CE (RFC 3168).</summary>
    CongestionMark,

    /// <summary>A host dropped data that it had SACKed (RFC 2018 section 8).</summary>
    Reneging,

    /// <summary>A host accepted the data of a SYN before the handshake was complete (RFC 7413).</summary>
    FastOpen,

    /// <summary>An engine sent an MTU probe (RFC 4821).</summary>
    PathMtuProbe,

    /// <summary>An exception was injected into an engine.</summary>
    InjectedException,

    /// <summary>The allocation of a block failed.</summary>
    FailedAllocation,

    /// <summary>A device refused a frame.</summary>
    RefusedWrite,

    /// <summary>An engine reset a connection because of an injected fault.</summary>
    FaultVictim,

    /// <summary>The ACK of a SYN cookie created a connection (RFC 4987).</summary>
    SynCookie,
}
