namespace UserTcp.Engine.Congestion;

/// <summary>The states of BBR (draft-ietf-ccwg-bbr, section 5.1). The order is that of a connection's life.</summary>
internal enum BbrState : byte
{
    /// <summary>Doubles the rate with each round trip until the path is full.</summary>
    Startup,

    /// <summary>Sends slowly until the queue that Startup has made is gone.</summary>
    Drain,

    /// <summary>ProbeBW_DOWN: a little slower than the path, for queues to shrink and others to find room.</summary>
    ProbeDown,

    /// <summary>ProbeBW_CRUISE: as fast as the path.</summary>
    ProbeCruise,

    /// <summary>ProbeBW_REFILL: fills the path again, lest a probe meets losses before the path is full.</summary>
    ProbeRefill,

    /// <summary>ProbeBW_UP: faster than the path, to see whether there is more.</summary>
    ProbeUp,

    /// <summary>Little in flight, to see the round trip without a queue.</summary>
    ProbeRtt,
}
