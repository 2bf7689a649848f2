using UserTcp.Engine.State;

namespace UserTcp.Engine.Contract;

/// <summary>What a connection or listener has to tell its user; several may come together.</summary>
[Flags]
public enum EngineEvents : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A listener has a connection to accept.</summary>
    Acceptable = 1 << 0,

    /// <summary>An active open has reached ESTABLISHED.</summary>
    Established = 1 << 1,

    /// <summary>There is text to take with <see cref="TcpEngine.Receive"/>.</summary>
    Readable = 1 << 2,

    /// <summary>The peer's FIN has been received: after the text that is there, no more comes.</summary>
    ReadsClosed = 1 << 3,

    /// <summary>The peer has acknowledged text: <see cref="TcpEngine.DequeueAcknowledged"/> says how much.</summary>
    Acknowledged = 1 << 4,

    /// <summary>The peer has acknowledged our FIN.</summary>
    WritesClosed = 1 << 5,

    /// <summary>An error that need not be the end: R1 reached or a soft ICMP error (RFC 9293 section 3.9.1.8); see <see cref="Tcb.SoftError"/>.</summary>
    SoftError = 1 << 6,

    /// <summary>
    /// The connection is over (it may live on in TIME-WAIT, which is not the user's business). <see cref="Tcb.Error"/> is
    /// <see cref="EngineError.None"/> after an orderly close. The last event of a connection.
    /// </summary>
    Closed = 1 << 7,

    /// <summary>The peer has sent urgent text, or more of it; <see cref="TcpEngine.GetSnapshot"/> says how much is left (MUST-32, MUST-33).</summary>
    Urgent = 1 << 8,
}
