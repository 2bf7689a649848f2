namespace UserTcp.Engine.Contract;

/// <summary>How the engine disposed of a segment: the step of RFC 9293 section 3.10.7 that decided.</summary>
public enum Disposition : byte
{
    /// <summary>None: a segment of ours.</summary>
    None,

    /// <summary>Passed all steps: its new acknowledgment, data and FIN were processed.</summary>
    Accepted,

    /// <summary>
    /// No such connection: answered with a RST, or dropped when it was a RST itself (section 3.10.7.1).
    /// </summary>
    NoConnection,

    /// <summary>Opened a connection in SYN-RECEIVED (section 3.10.7.2, third step).</summary>
    Opened,

    /// <summary>A SYN, or the ACK of our SYN,ACK, dropped at a limit of the listener or the engine.</summary>
    ListenDropped,

    /// <summary>
    /// Unacceptable sequence number: dropped, ACK sent (section 3.10.7.4, first step). Also a retransmission of the
    /// peer's SYN in SYN-RECEIVED: our SYN,ACK is retransmitted.
    /// </summary>
    OutsideWindow,

    /// <summary>RST at RCV.NXT: the connection is reset (section 3.10.7.4, second step).</summary>
    Reset,

    /// <summary>RST in the window but not at RCV.NXT: challenge ACK (RFC 5961 section 3.2).</summary>
    ResetChallenged,

    /// <summary>RST dropped (outside the window, or without an acceptable ACK in SYN-SENT).</summary>
    ResetIgnored,

    /// <summary>SYN in a synchronized state: challenge ACK (RFC 5961 section 4.2).</summary>
    SynChallenged,

    /// <summary>
    /// Without the required ACK bit, or in LISTEN and SYN-SENT without SYN: dropped (sections 3.10.7.2 to 3.10.7.4).
    /// </summary>
    WithoutAck,

    /// <summary>
    /// SEG.ACK is beyond SND.NXT or too old: dropped, ACK sent (section 3.10.7.4, fifth step; RFC 5961 section 5.2).
    /// </summary>
    AckUnacceptable,

    /// <summary>Data for an application that has closed: the connection is reset (section 3.6.1).</summary>
    AfterClose,

    /// <summary>Handled by TIME-WAIT (section 3.10.7.4).</summary>
    TimeWait,

    /// <summary>
    /// A SYN that opened a new connection from TIME-WAIT, which ends once the handshake is complete (section 3.6.1,
    /// MAY-2).
    /// </summary>
    TimeWaitReused,

    /// <summary>PAWS: the timestamp is older than TS.Recent: dropped, ACK sent (RFC 7323 section 5.3).</summary>
    Paws,

    /// <summary>A SYN answered with a SYN cookie, without any state (RFC 4987 section 3.6).</summary>
    AnsweredByCookie,
}
