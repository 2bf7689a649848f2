namespace UserTcp.Engine.Contract;

/// <summary>What the arrival of a segment meant. A segment can mean several things.</summary>
[Flags]
public enum SegmentMeaning
{
    /// <summary>Nothing beyond its <see cref="Disposition"/>.</summary>
    None,

    /// <summary>SEG.ACK advances SND.UNA (RFC 9293 section 3.10.7.4).</summary>
    NewAck = 1 << 0,

    /// <summary>A duplicate ACK (RFC 5681 section 2).</summary>
    DuplicateAck = 1 << 1,

    /// <summary>SEG.ACK is older than SND.UNA: the segment was reordered.</summary>
    OldAck = 1 << 2,

    /// <summary>SACK blocks report data for the first time (RFC 2018).</summary>
    SackNews = 1 << 3,

    /// <summary>D-SACK: the peer received data twice (RFC 2883).</summary>
    DuplicateReported = 1 << 4,

    /// <summary>In a recovery SEG.ACK advances, but not to its end (RFC 6582 section 3.2).</summary>
    PartialAck = 1 << 5,

    /// <summary>All data in flight at the start of the recovery is acknowledged: the recovery ends.</summary>
    RecoveryEnds = 1 << 6,

    /// <summary>The recovery was spurious, and is undone (RFC 4015).</summary>
    RecoveryUndone = 1 << 7,

    /// <summary>SND.WND becomes zero.</summary>
    WindowClosed = 1 << 8,

    /// <summary>SND.WND was zero, and is so no more.</summary>
    WindowOpened = 1 << 9,

    /// <summary>The right edge of the peer's window moves without new data being acknowledged.</summary>
    WindowUpdate = 1 << 10,

    /// <summary>The right edge of the peer's window moves left, which RFC 9293 section 3.8.6 discourages.</summary>
    WindowShrunk = 1 << 11,

    /// <summary>The answer to a zero-window probe; the window is still closed (section 3.8.6.1).</summary>
    ProbeAnswer = 1 << 12,

    /// <summary>Data at RCV.NXT.</summary>
    InOrder = 1 << 13,

    /// <summary>Data beyond a hole: it waits in the reassembly queue.</summary>
    OutOfOrder = 1 << 14,

    /// <summary>Data that fills the hole in front of the reassembly queue.</summary>
    FillsHole = 1 << 15,

    /// <summary>Data that has all been received before.</summary>
    AlreadyReceived = 1 << 16,

    /// <summary>Data beyond the receive window, as a whole or in part.</summary>
    BeyondWindow = 1 << 17,

    /// <summary>A segment at RCV.NXT - 1 with at most one byte: a keep-alive (RFC 9293 section 3.8.4).</summary>
    KeepAliveArrived = 1 << 18,

    /// <summary>Data while our receive window is zero: a zero-window probe (section 3.8.6.1).</summary>
    ZeroWindowProbeArrived = 1 << 19,

    /// <summary>A FIN that was received before.</summary>
    FinAgain = 1 << 20,

    /// <summary>A SYN that was received before.</summary>
    SynAgain = 1 << 21,

    /// <summary>The IP header has CE: the path is congested (RFC 3168 section 5).</summary>
    CeArrived = 1 << 22,

    /// <summary>CWR: the peer has reduced cwnd, so ECN-echo ends (section 6.1.3).</summary>
    CwrArrived = 1 << 23,

    /// <summary>ECN-echo: the path to the peer is congested (section 6.1.2).</summary>
    EceEcho = 1 << 24,

    /// <summary>cwnd is reduced for the ECN-echo: the first in this round trip.</summary>
    EceReduces = 1 << 25,

    /// <summary>The rate limit suppressed the challenge ACK (RFC 5961 section 7).</summary>
    ChallengeSuppressed = 1 << 26,

    /// <summary>A RST answers the segment.</summary>
    AnsweredByReset = 1 << 27,

    /// <summary>Data was dropped for lack of memory.</summary>
    NoMemory = 1 << 28,

    /// <summary>Urgent data is announced (RFC 9293 section 3.8.5).</summary>
    UrgentArrived = 1 << 29,
}
