using UserTcp.Engine.Contract;
using UserTcp.Engine.Tables;

namespace UserTcp.Engine.Timers;

/// <summary>The timers of a connection. TIME-WAIT's is in <see cref="TimeWaitTable"/>.</summary>
internal enum TcbTimer
{
    /// <summary>Retransmission timeout (RFC 6298), for SYN, text and FIN.</summary>
    Retransmission,

    /// <summary>Zero-window probes, and the override of sender silly window avoidance (RFC 9293 sections 3.8.6.1, 3.8.6.2.1).</summary>
    Persist,

    /// <summary>A held back acknowledgment (RFC 9293 section 3.8.6.3).</summary>
    DelayedAck,

    /// <summary>The next look at a silent peer (RFC 9293 section 3.8.4).</summary>
    KeepAlive,

    /// <summary>What has been overtaken may be lost by now (RFC 8985 section 6.3).</summary>
    Reordering,

    /// <summary>A flight whose end has not been heard of (RFC 8985 section 7.2).</summary>
    TailLossProbe,

    /// <summary>The end of patience: with a half-open connection, or with a peer that lets an orphan wait.</summary>
    GiveUp,

    /// <summary>What may be sent waits for the pacer.</summary>
    Pacing,

    /// <summary>End of an interval of minimum progress (<see cref="EngineOptions.MinProgressInterval"/>): runs while data waits to be acknowledged.</summary>
    MinProgress,
}
