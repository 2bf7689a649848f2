namespace UserTcp.Engine.Contract;

/// <summary>Why a segment was sent.</summary>
public enum SegmentReason : byte
{
    /// <summary>None: a segment that arrived.</summary>
    None,

    /// <summary>SYN of an active open (RFC 9293 section 3.10.1).</summary>
    ActiveOpen,

    /// <summary>
    /// SYN,ACK in answer to a SYN: the second segment of the handshake (section 3.10.7.2), or of a simultaneous open
    /// (section 3.5).
    /// </summary>
    AnswerSyn,

    /// <summary>ACK of the peer's SYN: the handshake's third segment (section 3.10.7.3).</summary>
    CompleteHandshake,

    /// <summary>New data from the application (section 3.10.2).</summary>
    Data,

    /// <summary>FIN: the application has closed (section 3.10.4). It may carry the last data.</summary>
    Close,

    /// <summary>Immediate ACK: a second full-sized segment arrived (SHLD-19).</summary>
    AcknowledgeEverySecond,

    /// <summary>Delayed ACK whose timer expired (section 3.8.6.3).</summary>
    DelayedAck,

    /// <summary>
    /// Immediate ACK of data that is out of order, a duplicate, or fills a gap (RFC 5681 section 4.2).
    /// </summary>
    AcknowledgeOutOfOrder,

    /// <summary>ACK of duplicate data, with D-SACK where SACK is used (RFC 2883 section 4).</summary>
    AcknowledgeDuplicate,

    /// <summary>Immediate ACK of the peer's FIN (section 3.10.7.4).</summary>
    AcknowledgeFin,

    /// <summary>The receive window has opened (section 3.8.6.2.2).</summary>
    WindowUpdate,

    /// <summary>The answer to an unacceptable segment: an empty ACK (section 3.10.7.4).</summary>
    UnacceptableSegment,

    /// <summary>Challenge ACK (RFC 5961).</summary>
    ChallengeAck,

    /// <summary>The retransmission timer expired (RFC 6298 section 5.4).</summary>
    RetransmissionTimeout,

    /// <summary>Fast retransmit: ACKs show a loss (RFC 5681 section 3.2, RFC 8985 section 6).</summary>
    FastRetransmit,

    /// <summary>The next lost segment after a partial acknowledgment (RFC 6582 section 3.2).</summary>
    PartialAck,

    /// <summary>A zero window has reopened; the peer may have dropped this data (section 3.8.6).</summary>
    WindowReopened,

    /// <summary>
    /// ICMP reported a packet too big: the data is retransmitted in smaller segments (RFC 1191, RFC 8201).
    /// </summary>
    PathMtu,

    /// <summary>Zero-window probe (section 3.8.6.1).</summary>
    ZeroWindowProbe,

    /// <summary>Keep-alive: the peer was silent for the keep-alive time (section 3.8.4).</summary>
    KeepAlive,

    /// <summary>Announces urgent data that the peer's window does not admit yet (section 3.8.5).</summary>
    Urgent,

    /// <summary>RST: no such connection (section 3.10.7.1).</summary>
    ResetNoConnection,

    /// <summary>RST: the application aborted (section 3.10.5), or closed with data unread (SHLD-3).</summary>
    ResetAbort,

    /// <summary>RST: data arrived after the application closed (section 3.6.1, SHLD-3).</summary>
    ResetAfterClose,

    /// <summary>
    /// RST: SEG.ACK covers data never sent, before the connection was synchronized (sections 3.10.7.2 to 3.10.7.4).
    /// </summary>
    ResetUnacceptableAck,

    /// <summary>RST: R2 or the user timeout passed (section 3.8.3).</summary>
    ResetTimeout,

    /// <summary>ACK of a segment that arrived in TIME-WAIT (section 3.10.7.4).</summary>
    TimeWaitAck,

    /// <summary>
    /// Immediate ACK at the start of a connection or after idle, while the peer is in slow start
    /// (<see cref="EngineOptions.QuickAcks"/>).
    /// </summary>
    QuickAck,

    /// <summary>A segment marked lost during a recovery (RFC 8985 section 6, RFC 6675).</summary>
    LostSegment,

    /// <summary>Tail loss probe (TLP): the last segment again when no ACK has arrived (RFC 8985 section 7.3).</summary>
    TailLossProbe,

    /// <summary>MTU probe: new data in a larger segment, to test the path (RFC 4821 section 7).</summary>
    MtuProbe,

    /// <summary>Sends a changed user timeout to the peer (RFC 5482).</summary>
    UserTimeout,

    /// <summary>RST: the memory for data was exhausted, and this connection made no progress.</summary>
    ResetMemory,

    /// <summary>
    /// RST: the peer acknowledged less than <see cref="EngineOptions.MinProgressBytes"/> in
    /// <see cref="EngineOptions.MinProgressInterval"/>, a resource policy that section 3.8.6.1 permits.
    /// </summary>
    ResetMinProgress,

    /// <summary>
    /// RST: the engine itself had a fault while it handled the connection (<see cref="EngineError.InternalFault"/>).
    /// </summary>
    ResetFault,

    /// <summary>
    /// SYN,ACK whose ISS is a SYN cookie: the listener keeps no state for the SYN (RFC 4987 section 3.6).
    /// </summary>
    SynCookie,
}
