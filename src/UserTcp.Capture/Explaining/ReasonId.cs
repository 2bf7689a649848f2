namespace UserTcp.Capture.Explaining;

/// <summary>The entries of the table of reasons. <see cref="Reasons"/> has their sources and sentences.</summary>
public enum ReasonId
{
    /// <summary>SYN of an active open.</summary>
    ActiveOpen,
    /// <summary>SYN,ACK in answer to a SYN.</summary>
    AnswerSyn,
    /// <summary>SYN,ACK with a SYN cookie.</summary>
    SynCookie,
    /// <summary>ACK of the peer's SYN.</summary>
    CompleteHandshake,
    /// <summary>New data.</summary>
    Data,
    /// <summary>New data that the link cuts into segments.</summary>
    DataInSegments,
    /// <summary>CWR: cwnd was reduced.</summary>
    CongestionWindowReduced,
    /// <summary>ECE: CE has arrived.</summary>
    EchoesCe,
    /// <summary>FIN: the application has closed.</summary>
    Close,
    /// <summary>Immediate ACK of a second full-sized segment.</summary>
    AcknowledgeEverySecond,
    /// <summary>Immediate ACK while the peer is in slow start.</summary>
    QuickAck,
    /// <summary>Immediate ACK after a CE or a CWR.</summary>
    QuickAckAfterCe,
    /// <summary>The delayed ACK timer expired.</summary>
    DelayedAck,
    /// <summary>Immediate duplicate ACK for a hole.</summary>
    AcknowledgeOutOfOrder,
    /// <summary>Immediate ACK of data that filled a hole.</summary>
    AcknowledgeFilledHole,
    /// <summary>ACK of duplicate data.</summary>
    AcknowledgeDuplicate,
    /// <summary>Immediate ACK of the peer's FIN.</summary>
    AcknowledgeFin,
    /// <summary>TIME-WAIT begins.</summary>
    TimeWaitStarts,
    /// <summary>The receive window has opened.</summary>
    WindowUpdateSent,
    /// <summary>Our receive window is closed.</summary>
    OurWindowClosed,
    /// <summary>ACK of an unacceptable segment.</summary>
    UnacceptableSegment,
    /// <summary>ACK of a zero-window probe.</summary>
    ProbeAnswered,
    /// <summary>ACK of a keep-alive.</summary>
    KeepAliveAnswered,
    /// <summary>Challenge ACK.</summary>
    ChallengeAck,
    /// <summary>Retransmission after a timeout.</summary>
    RetransmissionTimeout,
    /// <summary>SYN or SYN,ACK again after a timeout.</summary>
    SynRetransmission,
    /// <summary>SYN,ACK again since the peer retransmitted its SYN.</summary>
    SynAnsweredAgain,
    /// <summary>Fast retransmit.</summary>
    FastRetransmit,
    /// <summary>Retransmission after a partial ACK.</summary>
    PartialAckRetransmit,
    /// <summary>Retransmission after a zero window.</summary>
    WindowReopened,
    /// <summary>Retransmission of a further lost segment.</summary>
    LostSegment,
    /// <summary>Tail loss probe.</summary>
    TailLossProbe,
    /// <summary>Retransmission in smaller segments.</summary>
    PathMtu,
    /// <summary>The retransmission carries our FIN.</summary>
    FinRetransmission,
    /// <summary>How the loss was found.</summary>
    FoundLostBy,
    /// <summary>The link lost the frame that is retransmitted.</summary>
    FrameWasLost,
    /// <summary>Zero-window probe.</summary>
    ZeroWindowProbe,
    /// <summary>Keep-alive.</summary>
    KeepAlive,
    /// <summary>Urgent pointer.</summary>
    Urgent,
    /// <summary>RST: no connection.</summary>
    ResetNoConnection,
    /// <summary>RST: abort.</summary>
    ResetAbort,
    /// <summary>RST: data after close.</summary>
    ResetAfterClose,
    /// <summary>RST: unacceptable ACK.</summary>
    ResetUnacceptableAck,
    /// <summary>RST: the peer did not reply.</summary>
    ResetTimeout,
    /// <summary>RST: out of memory.</summary>
    ResetMemory,
    /// <summary>RST: too little progress.</summary>
    ResetMinProgress,
    /// <summary>RST: internal fault.</summary>
    ResetFault,
    /// <summary>MTU probe.</summary>
    MtuProbe,
    /// <summary>User timeout option.</summary>
    UserTimeout,
    /// <summary>ACK from TIME-WAIT.</summary>
    TimeWaitAck,
    /// <summary>The SACK blocks of an ACK.</summary>
    SackReport,
    /// <summary>The D-SACK block of an ACK.</summary>
    DsackReport,
    /// <summary>A SYN opened a connection.</summary>
    SynArrived,
    /// <summary>A SYN opened a connection from TIME-WAIT.</summary>
    SynReusesTimeWait,
    /// <summary>A SYN got a SYN cookie.</summary>
    SynGetsCookie,
    /// <summary>Simultaneous open.</summary>
    SynCrosses,
    /// <summary>The peer accepts.</summary>
    SynAckArrived,
    /// <summary>The handshake's last ACK.</summary>
    HandshakeComplete,
    /// <summary>New data is acknowledged.</summary>
    AckOfData,
    /// <summary>Our FIN is acknowledged.</summary>
    AckOfFin,
    /// <summary>An ACK that reports nothing new.</summary>
    PureAck,
    /// <summary>A duplicate ACK.</summary>
    DuplicateAck,
    /// <summary>An ACK that was reordered.</summary>
    OldAck,
    /// <summary>SACK reports data.</summary>
    SackNews,
    /// <summary>D-SACK reports duplicate data.</summary>
    DuplicateReported,
    /// <summary>A partial ACK.</summary>
    PartialAck,
    /// <summary>The recovery ends.</summary>
    RecoveryEnds,
    /// <summary>A spurious recovery is undone.</summary>
    RecoveryUndone,
    /// <summary>The peer's window closes.</summary>
    WindowClosed,
    /// <summary>The peer's window opens.</summary>
    WindowOpened,
    /// <summary>The peer's window grows.</summary>
    WindowUpdate,
    /// <summary>The peer's window shrinks.</summary>
    WindowShrunk,
    /// <summary>The answer to a zero-window probe.</summary>
    ProbeAnswer,
    /// <summary>Data in order.</summary>
    DataArrived,
    /// <summary>Data beyond a hole.</summary>
    OutOfOrder,
    /// <summary>Data that fills the hole.</summary>
    FillsHole,
    /// <summary>Data that was received before.</summary>
    AlreadyReceived,
    /// <summary>Data beyond the window.</summary>
    BeyondWindow,
    /// <summary>A keep-alive.</summary>
    KeepAliveArrived,
    /// <summary>A zero-window probe.</summary>
    ZeroWindowProbeArrived,
    /// <summary>The peer has closed.</summary>
    FinArrived,
    /// <summary>A FIN beyond a hole.</summary>
    FinBeyondHole,
    /// <summary>A FIN that was received before.</summary>
    FinAgain,
    /// <summary>A SYN that was received before.</summary>
    SynAgain,
    /// <summary>CE has arrived.</summary>
    CeArrived,
    /// <summary>CWR has arrived.</summary>
    CwrArrived,
    /// <summary>ECN-echo that reduces cwnd.</summary>
    EceReduces,
    /// <summary>ECN-echo.</summary>
    EceEcho,
    /// <summary>The challenge ACK was suppressed.</summary>
    ChallengeSuppressed,
    /// <summary>A RST answers.</summary>
    AnsweredByReset,
    /// <summary>Data dropped for lack of memory.</summary>
    NoMemory,
    /// <summary>Urgent data.</summary>
    UrgentArrived,
    /// <summary>TIME-WAIT begins.</summary>
    TimeWaitBegins,
    /// <summary>The connection is closed.</summary>
    ConnectionClosed,
    /// <summary>No such connection.</summary>
    NoConnection,
    /// <summary>No room for another connection.</summary>
    ListenDropped,
    /// <summary>Unacceptable sequence number.</summary>
    OutsideWindow,
    /// <summary>The peer resets.</summary>
    ResetArrived,
    /// <summary>A RST in the window.</summary>
    ResetChallenged,
    /// <summary>A RST that is dropped.</summary>
    ResetIgnored,
    /// <summary>A SYN in a synchronized state.</summary>
    SynChallenged,
    /// <summary>A segment without ACK.</summary>
    WithoutAck,
    /// <summary>An unacceptable ACK.</summary>
    AckUnacceptable,
    /// <summary>Data after the application closed.</summary>
    DataAfterClose,
    /// <summary>A segment in TIME-WAIT.</summary>
    TimeWaitSegment,
    /// <summary>PAWS.</summary>
    PawsDropped,
    /// <summary>RACK found a loss.</summary>
    LostByRack,
    /// <summary>RACK's timer found a loss.</summary>
    LostByRackTimer,
    /// <summary>SACK counting found a loss.</summary>
    LostBySackCount,
    /// <summary>Three duplicate ACKs.</summary>
    LostByDuplicateAcks,
    /// <summary>A partial ACK.</summary>
    LostByPartialAck,
    /// <summary>The retransmission timeout.</summary>
    LostByTimeout,
    /// <summary>The window reopened.</summary>
    LostByWindow,
    /// <summary>Too big for the path.</summary>
    LostByPathMtu,
    /// <summary>A timer was set.</summary>
    TimerSet,
    /// <summary>A timer was stopped.</summary>
    TimerStopped,
    /// <summary>A timer expired.</summary>
    TimerExpired,
    /// <summary>OPEN.</summary>
    CallOpen,
    /// <summary>SEND.</summary>
    CallSend,
    /// <summary>RECEIVE.</summary>
    CallReceive,
    /// <summary>CLOSE of the sending side.</summary>
    CallShutdown,
    /// <summary>CLOSE.</summary>
    CallClose,
    /// <summary>ABORT.</summary>
    CallAbort,
    /// <summary>Our state changed.</summary>
    StateChanged,
    /// <summary>An active open.</summary>
    OpenedActively,
    /// <summary>A passive open.</summary>
    OpenedPassively,
    /// <summary>Opened by a SYN cookie.</summary>
    OpenedByCookie,
    /// <summary>The connection ended.</summary>
    Ended,
    /// <summary>Nothing limits the sender.</summary>
    LimitNone,
    /// <summary>The application limits the sender.</summary>
    LimitNoData,
    /// <summary>The peer's window limits the sender.</summary>
    LimitPeerWindow,
    /// <summary>cwnd limits the sender.</summary>
    LimitCongestionWindow,
    /// <summary>Nagle's algorithm.</summary>
    LimitSmallSegment,
    /// <summary>The pacer.</summary>
    LimitPacing,
    /// <summary>An MTU probe.</summary>
    LimitMtuProbe,
    /// <summary>Events that this viewer did not get.</summary>
    Gap,
    /// <summary>The link lost a frame.</summary>
    LinkLost,
    /// <summary>The link held a frame.</summary>
    LinkHeld,
    /// <summary>The link duplicated a frame.</summary>
    LinkDuplicated,
    /// <summary>The link reordered a frame.</summary>
    LinkReordered,
    /// <summary>The link corrupted a frame.</summary>
    LinkCorrupted,
    /// <summary>The link set CE.</summary>
    LinkMarked,
    /// <summary>The link delivered a frame once more, much later.</summary>
    LinkReplayed,
    /// <summary>The queue of the link is full.</summary>
    LinkQueueFull,
    /// <summary>A gap in the captured sequence numbers.</summary>
    CaptureGap,
    /// <summary>Reordered before the capture point.</summary>
    ReorderedBefore,
    /// <summary>An ACK of data that was not captured.</summary>
    AckOfUncaptured,
    /// <summary>A retransmission after SACK.</summary>
    CauseSack,
    /// <summary>A retransmission after duplicate ACKs.</summary>
    CauseDuplicateAcks,
    /// <summary>A further retransmission of a recovery.</summary>
    CauseRecovery,
    /// <summary>A retransmission after a timeout.</summary>
    CauseTimeout,
    /// <summary>A tail loss probe.</summary>
    CauseTailLossProbe,
    /// <summary>A retransmission without a visible cause.</summary>
    CauseUnknown,
    /// <summary>The original passed the capture point.</summary>
    OriginalCaptured,
    /// <summary>The original did not pass the capture point.</summary>
    OriginalNotCaptured,
    /// <summary>D-SACK shows that a retransmission was spurious.</summary>
    SpuriousByDsack,
    /// <summary>The data was acknowledged when it was retransmitted.</summary>
    SpuriousByAck,
    /// <summary>The same frame twice.</summary>
    DuplicatedFrame,
    /// <summary>A wrong checksum.</summary>
    WrongChecksum,
    /// <summary>The options were cut off.</summary>
    OptionsCut,
    /// <summary>An immediate ACK of one segment.</summary>
    ImmediateAck,
    /// <summary>The window that we announce is closed.</summary>
    SenderWindowClosed,
    /// <summary>The data fills the receiver's window.</summary>
    WindowFull,
    /// <summary>Both ends closed.</summary>
    SummaryClosed,
    /// <summary>One end closed.</summary>
    SummaryHalfClosed,
    /// <summary>A RST ended it.</summary>
    SummaryReset,
    /// <summary>A RST ended it after a FIN.</summary>
    SummaryResetAfterFin,
    /// <summary>A RST answered the SYN.</summary>
    SummaryRefused,
    /// <summary>Nothing answered the SYN.</summary>
    SummaryUnanswered,
    /// <summary>Open when the capture ends.</summary>
    SummaryOpen,
    /// <summary>How long a window was closed.</summary>
    SummaryWindowClosed,
    /// <summary>The window limited the sender.</summary>
    SummaryWindowFull,
    /// <summary>The application limited the sender.</summary>
    SummaryApplication,
    /// <summary>The path limited the sender.</summary>
    SummaryPath,
    /// <summary>SYNs that were retransmitted.</summary>
    SummarySynRetransmissions,
    /// <summary>How much was retransmitted, and why.</summary>
    SummaryRetransmissions,
    /// <summary>Nothing was retransmitted.</summary>
    SummaryNoRetransmission,
    /// <summary>Spurious retransmissions.</summary>
    SummarySpurious,
    /// <summary>Reordered segments.</summary>
    SummaryReordered,
    /// <summary>Duplicated frames.</summary>
    SummaryDuplicated,
    /// <summary>Wrong checksums.</summary>
    SummaryWrongChecksums,
    /// <summary>Zero-window probes.</summary>
    SummaryProbes,
    /// <summary>Keep-alives.</summary>
    SummaryKeepAlives,
    /// <summary>The RTT of the handshake.</summary>
    SummaryHandshake,
    /// <summary>The RTT of the data.</summary>
    SummaryRtt,
    /// <summary>Bytes and goodput.</summary>
    SummaryBytes,
    /// <summary>The options of a SYN.</summary>
    SummaryOffer,
    /// <summary>One direction was captured.</summary>
    SummaryOneWay,
    /// <summary>The capture begins in the middle.</summary>
    SummaryMidway,
    /// <summary>A segment without the ACK bit.</summary>
    RuleAckBit,
    /// <summary>Data beyond the window.</summary>
    RuleBeyondWindow,
    /// <summary>A window that shrinks.</summary>
    RuleWindowShrunk,
    /// <summary>Data after a FIN.</summary>
    RuleDataAfterFin,
    /// <summary>SACK without permission.</summary>
    RuleSackNotPermitted,
    /// <summary>Timestamps that were agreed on are left out.</summary>
    RuleTimestampsLeftOut,
    /// <summary>What limited our data, as the stack recorded it.</summary>
    RecordedLimits,
    /// <summary>The RTT, as the stack measured it.</summary>
    RecordedRtt,
    /// <summary>Arrivals that were out of order, or received before.</summary>
    RecordedArrivals,
    /// <summary>What the impaired link did.</summary>
    RecordedLink,
    /// <summary>How the connection ended for our application.</summary>
    RecordedEnd,
    /// <summary>The frame that a spurious retransmission repeats.</summary>
    OriginalArrived,
    /// <summary>A SYN again, without an answer in the capture.</summary>
    SynUnanswered,
    /// <summary>Time spent waiting for the retransmission timer.</summary>
    SummaryTimeouts,
    /// <summary>A segment of the peer that the link has lost.</summary>
    NeverArrives,
}
