namespace UserTcp.Engine.Contract;

/// <summary>The states of a connection (RFC 9293 section 3.3.2).</summary>
public enum TcpState : byte
{
    /// <summary>No connection.</summary>
    Closed,

    /// <summary>Waiting for a connection request from any remote peer.</summary>
    Listen,

    /// <summary>Waiting for a matching connection request after having sent one.</summary>
    SynSent,

    /// <summary>Waiting for the acknowledgment of the request after both have been sent and received.</summary>
    SynReceived,

    /// <summary>An open connection: the normal state for the transfer of data.</summary>
    Established,

    /// <summary>Our FIN is sent; waiting for its acknowledgment or the peer's FIN.</summary>
    FinWait1,

    /// <summary>Our FIN is acknowledged; waiting for the peer's FIN.</summary>
    FinWait2,

    /// <summary>The peer's FIN has arrived; waiting for the application to close.</summary>
    CloseWait,

    /// <summary>Both FINs crossed; waiting for the acknowledgment of ours.</summary>
    Closing,

    /// <summary>The peer closed first and our FIN is sent; waiting for its acknowledgment.</summary>
    LastAck,

    /// <summary>Waiting until no old segment can disturb a new connection (section 3.6.1).</summary>
    TimeWait,
}
