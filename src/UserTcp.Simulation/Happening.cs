namespace UserTcp.Simulation;

/// <summary>What can go wrong in a run, or be rude, so that it can be counted how often it really did.</summary>
public enum Happening
{
    /// <summary>A packet was lost on its own.</summary>
    Loss,

    /// <summary>A packet was lost in a burst of losses.</summary>
    BurstLoss,

    /// <summary>A packet was lost since the queue before a link was full.</summary>
    QueueOverflow,

    /// <summary>A packet was lost in a partition.</summary>
    PartitionLoss,

    /// <summary>A packet was lost since it was too large, and nobody said so.</summary>
    BlackHole,

    /// <summary>A packet was lost since it was too large, and its sender was told with an ICMP error.</summary>
    PacketTooBig,

    /// <summary>A packet arrived twice.</summary>
    Duplicate,

    /// <summary>A packet was held back while others overtook it.</summary>
    Reorder,

    /// <summary>Bits of a packet were inverted.</summary>
    Corruption,

    /// <summary>A packet arrived once more when it was old.</summary>
    Replay,

    /// <summary>A timer was looked at too late.</summary>
    LateTimer,

    /// <summary>The clock jumped by weeks.</summary>
    ClockJump,

    /// <summary>A host lost all it knew, and started again.</summary>
    Restart,

    /// <summary>The listener was closed for a while.</summary>
    ListenerPause,

    /// <summary>Somebody off the path forged a packet.</summary>
    Attack,

    /// <summary>The peer offered less than it had offered before.</summary>
    WindowTakenBack,

    /// <summary>The peer threw away text that it had offered a window for, since it was out of order or beyond a shrunken window.</summary>
    DataDiscarded,

    /// <summary>The peer acknowledged a part of a segment.</summary>
    DividedAck,

    /// <summary>A segment of the peer's began with text that it had sent before.</summary>
    Overlap,

    /// <summary>The peer sent a flight in reverse order.</summary>
    BackwardsFlight,

    /// <summary>A packet was marked instead of lost (RFC 3168).</summary>
    CongestionMark,

    /// <summary>A host threw away text that it had selectively acknowledged (RFC 2018 section 8).</summary>
    Reneging,

    /// <summary>Text of a SYN was taken before the handshake was complete (RFC 7413).</summary>
    FastOpen,

    /// <summary>A segment larger than any that is known to pass went out to see whether it does (RFC 4821).</summary>
    PathMtuProbe,

    /// <summary>An exception was thrown inside an engine.</summary>
    InjectedException,

    /// <summary>An engine asked for a block, and there was none.</summary>
    FailedAllocation,

    /// <summary>A device did not take a frame.</summary>
    RefusedWrite,

    /// <summary>An engine reset a connection because of a fault inside itself.</summary>
    FaultVictim,

    /// <summary>The ACK of a SYN cookie made a connection of which nothing had been kept (RFC 4987).</summary>
    SynCookie,
}
