namespace UserTcp.Engine.Contract;

/// <summary>The timers of a connection. TIME-WAIT entries have their own table and no timer here.</summary>
public enum TcbTimer
{
    /// <summary>Retransmission timeout (RFC 6298), for SYN, data and FIN.</summary>
    Retransmission,

    /// <summary>
    /// Zero-window probes, and the override timeout of sender SWS avoidance (RFC 9293 sections 3.8.6.1, 3.8.6.2.1).
    /// </summary>
    Persist,

    /// <summary>Delayed ACK (RFC 9293 section 3.8.6.3).</summary>
    DelayedAck,

    /// <summary>Keep-alive (RFC 9293 section 3.8.4).</summary>
    KeepAlive,

    /// <summary>
    /// RACK's reordering timer: segments sent before a delivered one become lost (RFC 8985 section 6.3).
    /// </summary>
    Reordering,

    /// <summary>The probe timeout, PTO (RFC 8985 section 7.2).</summary>
    TailLossProbe,

    /// <summary>The give-up time of a half-open connection or an orphan.</summary>
    GiveUp,

    /// <summary>The pacer permits more data.</summary>
    Pacing,

    /// <summary>
    /// End of an interval of minimum progress (<see cref="EngineOptions.MinProgressInterval"/>). Runs while data is
    /// unacknowledged.
    /// </summary>
    MinProgress,
}
