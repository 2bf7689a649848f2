namespace UserTcp.Engine.State;

/// <summary>A SYN that a wrong ACK in SYN-SENT makes go out ahead of the retransmission timer; one for each time that the timer sends it.</summary>
internal enum EarlySyn : byte
{
    /// <summary>None since the timer last sent the SYN.</summary>
    None,

    /// <summary>The timer is set to send it, and its expiry is no timeout.</summary>
    Due,

    /// <summary>It has been sent: the next one is the timer's.</summary>
    Sent,
}
