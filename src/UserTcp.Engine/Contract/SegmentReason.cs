namespace UserTcp.Engine.Contract;

/// <summary>Why a segment was sent.</summary>
public enum SegmentReason : byte
{
    /// <summary>Not one of ours: a segment that arrived.</summary>
    None,

    /// <summary>SYN of an active open (RFC 9293 section 3.10.1).</summary>
    ActiveOpen,

    /// <summary>SYN,ACK that answers a SYN: the second segment of the handshake (section 3.10.7.2), or our half of a simultaneous open (section 3.5).</summary>
    AnswerSyn,

    /// <summary>ACK of the peer's SYN: the handshake's third segment (section 3.10.7.3).</summary>
    CompleteHandshake,

    /// <summary>New text from the user (section 3.10.2).</summary>
    Data,

    /// <summary>FIN: the user has no more to send (section 3.10.4); it may carry the last text.</summary>
    Close,

    /// <summary>Immediate ACK: a second full-sized segment arrived (SHLD-19).</summary>
    AcknowledgeEverySecond,

    /// <summary>ACK whose delay ran out (section 3.8.6.3).</summary>
    DelayedAck,

    /// <summary>Immediate ACK of text that is out of order, a duplicate, or fills a gap (RFC 5681 section 4.2).</summary>
    AcknowledgeOutOfOrder,

    /// <summary>Text came that had come before (RFC 2883 section 4).</summary>
    AcknowledgeDuplicate,

    /// <summary>Immediate ACK of the peer's FIN (section 3.10.7.4).</summary>
    AcknowledgeFin,

    /// <summary>The receive window has opened (section 3.8.6.2.2).</summary>
    WindowUpdate,

    /// <summary>The answer to an unacceptable segment: an empty ACK that says where we are (section 3.10.7.4).</summary>
    UnacceptableSegment,

    /// <summary>Challenge ACK (RFC 5961).</summary>
    ChallengeAck,

    /// <summary>The retransmission timer expired (RFC 6298 section 5.4).</summary>
    RetransmissionTimeout,

    /// <summary>Fast retransmit: ACKs show a loss (RFC 5681 section 3.2, RFC 8985 section 6).</summary>
    FastRetransmit,

    /// <summary>The next hole after a partial acknowledgment (RFC 6582 section 3.2).</summary>
    PartialAck,

    /// <summary>The peer's window was closed over this text, which it may have dropped, and is open again (section 3.8.6).</summary>
    WindowReopened,

    /// <summary>ICMP said that a segment was too big: the text again, in smaller segments (RFC 1191, RFC 8201).</summary>
    PathMtu,

    /// <summary>Probe of a zero window (section 3.8.6.1).</summary>
    ZeroWindowProbe,

    /// <summary>Keep-alive: the peer has been silent for long (section 3.8.4).</summary>
    KeepAlive,

    /// <summary>Tells the peer that there is urgent text, which its window does not let through yet (section 3.8.5).</summary>
    Urgent,

    /// <summary>RST: no such connection (section 3.10.7.1).</summary>
    ResetNoConnection,

    /// <summary>RST: the user aborted (section 3.10.5), or closed with text unread (SHLD-3).</summary>
    ResetAbort,

    /// <summary>RST: text arrived that nobody will read (section 3.6.1, SHLD-3).</summary>
    ResetAfterClose,

    /// <summary>RST: an ACK for something never sent, before the connection was synchronized (sections 3.10.7.2 to 3.10.7.4).</summary>
    ResetUnacceptableAck,

    /// <summary>RST: retransmission was given up (section 3.8.3).</summary>
    ResetTimeout,

    /// <summary>ACK of a segment that reached TIME-WAIT (section 3.10.7.4).</summary>
    TimeWaitAck,

    /// <summary>Immediate ACK: the connection is young, or was silent, so the peer is in slow start (<see cref="EngineOptions.QuickAcks"/>).</summary>
    QuickAck,

    /// <summary>A segment that was found lost while others are being repaired (RFC 8985 section 6, RFC 6675).</summary>
    LostSegment,

    /// <summary>Tail loss probe: the last segment once more, since nothing has been heard of it (RFC 8985 section 7.3).</summary>
    TailLossProbe,

    /// <summary>New text in a segment larger than those before, to find out whether the path carries it (RFC 4821 section 7).</summary>
    MtuProbe,

    /// <summary>Tells the peer of a changed user timeout (RFC 5482).</summary>
    UserTimeout,

    /// <summary>RST: the memory for data was used up, and this connection made no progress.</summary>
    ResetMemory,

    /// <summary>
    /// RST: the peer acknowledged less than <see cref="EngineOptions.MinProgressBytes"/> in <see cref="EngineOptions.MinProgressInterval"/>,
    /// a resource policy as section 3.8.6.1 leaves to the implementation.
    /// </summary>
    ResetMinProgress,

    /// <summary>RST: the stack itself had a fault while it handled the connection (<see cref="EngineError.InternalFault"/>).</summary>
    ResetFault,

    /// <summary>SYN,ACK whose sequence number is a SYN cookie: nothing is kept of the peer's SYN (RFC 4987 section 3.6).</summary>
    SynCookie,
}
