using UserTcp.Engine.State;

namespace UserTcp.Engine.Contract;

/// <summary>Why a user call failed or a connection ended other than by FIN.</summary>
public enum EngineError : byte
{
    /// <summary>No error.</summary>
    None,

    /// <summary>The peer answered the SYN with a RST ("connection refused", RFC 9293 section 3.10.7.3).</summary>
    ConnectionRefused,

    /// <summary>The peer sent a RST ("connection reset", RFC 9293 section 3.10.7.4).</summary>
    ConnectionReset,

    /// <summary>The local user aborted (RFC 9293 section 3.10.5).</summary>
    ConnectionAborted,

    /// <summary>Retransmission went on past R2 (RFC 9293 section 3.8.3), or the user timeout passed (section 3.10.8).</summary>
    TimedOut,

    /// <summary>ICMP said that the peer cannot be reached (RFC 9293 section 3.9.2.2).</summary>
    HostUnreachable,

    /// <summary>ICMP said that the peer's network cannot be reached (RFC 9293 section 3.9.2.2).</summary>
    NetworkUnreachable,

    /// <summary>Another listener or connection has the address and port.</summary>
    AddressInUse,

    /// <summary>The local address is not one of the stack's, or no ephemeral port is free.</summary>
    AddressNotAvailable,

    /// <summary>The remote address is unspecified, loopback, broadcast, multicast or our own, or of a family the stack has no address of (MUST-46).</summary>
    AddressInvalid,

    /// <summary>The limit of connections in the options is reached.</summary>
    TooManyConnections,

    /// <summary>The memory for data was used up, and the connection held much of it without getting any further.</summary>
    OutOfMemory,

    /// <summary>The stack itself had a fault while it handled the connection; <see cref="Tcb.Fault"/> says which.</summary>
    InternalFault,
}
