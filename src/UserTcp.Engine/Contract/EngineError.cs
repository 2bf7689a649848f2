namespace UserTcp.Engine.Contract;

/// <summary>Why a call failed, or a connection ended other than by FIN.</summary>
public enum EngineError : byte
{
    /// <summary>No error.</summary>
    None,

    /// <summary>The peer answered the SYN with a RST ("connection refused", RFC 9293 section 3.10.7.3).</summary>
    ConnectionRefused,

    /// <summary>The peer sent a RST ("connection reset", RFC 9293 section 3.10.7.4).</summary>
    ConnectionReset,

    /// <summary>The local application aborted (RFC 9293 section 3.10.5).</summary>
    ConnectionAborted,

    /// <summary>R2 (RFC 9293 section 3.8.3) or the user timeout (section 3.10.8) passed.</summary>
    TimedOut,

    /// <summary>ICMP reported the peer's host unreachable (RFC 9293 section 3.9.2.2).</summary>
    HostUnreachable,

    /// <summary>ICMP reported the peer's network unreachable (RFC 9293 section 3.9.2.2).</summary>
    NetworkUnreachable,

    /// <summary>Another listener or connection uses the address and port.</summary>
    AddressInUse,

    /// <summary>The local address is not one of the stack's, or no ephemeral port is free.</summary>
    AddressNotAvailable,

    /// <summary>
    /// The remote address is unspecified, a foreign loopback, broadcast or multicast, or the stack has no address of
    /// its family (MUST-46).
    /// </summary>
    AddressInvalid,

    /// <summary>The connection limit of the options is reached.</summary>
    TooManyConnections,

    /// <summary>The memory for data was exhausted, and the connection held much of it without progress.</summary>
    OutOfMemory,

    /// <summary>
    /// A datagram is larger than the path's MTU, or than the max of UDP; the stack sends no fragments.
    /// </summary>
    MessageTooLong,

    /// <summary>The send queue of the endpoint is full; <see cref="EngineEvents.Writable"/> reports room.</summary>
    WouldBlock,

    /// <summary>
    /// The engine itself had a fault while it handled the connection; the connection's Fault is the exception.
    /// </summary>
    InternalFault,
}
