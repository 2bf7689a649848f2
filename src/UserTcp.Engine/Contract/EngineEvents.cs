namespace UserTcp.Engine.Contract;

/// <summary>Events of a connection, listener or UDP endpoint for its application; several may be set.</summary>
[Flags]
public enum EngineEvents : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A listener has a connection to accept.</summary>
    Acceptable = 1 << 0,

    /// <summary>An active open has reached ESTABLISHED.</summary>
    Established = 1 << 1,

    /// <summary>
    /// Data can be received with <see cref="TcpEngine.Receive"/>, datagrams with
    /// <see cref="TcpEngine.ReceiveDatagrams"/>.
    /// </summary>
    Readable = 1 << 2,

    /// <summary>The peer's FIN was received: no data follows what is queued.</summary>
    ReadsClosed = 1 << 3,

    /// <summary>The peer has acknowledged data; <see cref="TcpEngine.DequeueAcknowledged"/> returns how much.</summary>
    Acknowledged = 1 << 4,

    /// <summary>The peer has acknowledged our FIN.</summary>
    WritesClosed = 1 << 5,

    /// <summary>
    /// A soft error: R1 reached, or a soft ICMP error (RFC 9293 section 3.9.1.8). The connection's SoftError is its
    /// code.
    /// For a UDP endpoint: ICMP has reported an error about a datagram; the endpoint's Error is its code.
    /// </summary>
    SoftError = 1 << 6,

    /// <summary>
    /// The last event: the connection has ended for the application; it may remain in TIME-WAIT. Its Error is
    /// <see cref="EngineError.None"/> after an orderly close.
    /// </summary>
    Closed = 1 << 7,

    /// <summary>
    /// New urgent data was announced; <see cref="TcpEngine.GetSnapshot"/> has the bytes left (MUST-32, MUST-33).
    /// </summary>
    Urgent = 1 << 8,

    /// <summary>A UDP endpoint's send queue has room again.</summary>
    Writable = 1 << 9,
}
