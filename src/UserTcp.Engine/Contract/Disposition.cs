namespace UserTcp.Engine.Contract;

/// <summary>What the arrival of a segment came to: the step of RFC 9293 section 3.10.7 that decided.</summary>
public enum Disposition : byte
{
    /// <summary>Not decided: a segment of ours.</summary>
    None,

    /// <summary>Went through all steps: acknowledgment, text and FIN were taken as far as they were new.</summary>
    Accepted,

    /// <summary>No such connection: answered with RST, or dropped when it was a RST itself (section 3.10.7.1).</summary>
    NoConnection,

    /// <summary>Opened a connection in SYN-RECEIVED (section 3.10.7.2, third step).</summary>
    Opened,

    /// <summary>A SYN, or the ACK of our SYN,ACK, dropped because a limit of the listener or of the engine was reached.</summary>
    ListenDropped,

    /// <summary>Not acceptable by its sequence number: dropped, ACK sent (section 3.10.7.4, first step).</summary>
    OutsideWindow,

    /// <summary>RST at RCV.NXT: the connection is reset (section 3.10.7.4, second step).</summary>
    Reset,

    /// <summary>RST in the window but not at RCV.NXT: challenge ACK (RFC 5961 section 3.2).</summary>
    ResetChallenged,

    /// <summary>RST dropped (outside the window, or without an acceptable ACK in SYN-SENT).</summary>
    ResetIgnored,

    /// <summary>SYN in a synchronized state: challenge ACK (RFC 5961 section 4.2).</summary>
    SynChallenged,

    /// <summary>Without the ACK that has to be there, or in LISTEN and SYN-SENT without the SYN: dropped (sections 3.10.7.2 to 3.10.7.4).</summary>
    WithoutAck,

    /// <summary>Acknowledges something not sent, or something too old: dropped, ACK sent (section 3.10.7.4, fifth step; RFC 5961 section 5.2).</summary>
    AckUnacceptable,

    /// <summary>Text for a user who is gone: the connection is reset (section 3.6.1).</summary>
    AfterClose,

    /// <summary>Handled by TIME-WAIT (section 3.10.7.4).</summary>
    TimeWait,

    /// <summary>A SYN that ended TIME-WAIT and opened a new connection (section 3.6.1, MAY-2).</summary>
    TimeWaitReused,

    /// <summary>Older than what the connection has taken already, by its timestamp: dropped, ACK sent (PAWS, RFC 7323 section 5.3).</summary>
    Paws,

    /// <summary>A SYN answered by a SYN cookie: nothing is kept of it (RFC 4987 section 3.6).</summary>
    AnsweredByCookie,
}
