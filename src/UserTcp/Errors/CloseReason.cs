using System.Net.Sockets;
using UserTcp.Engine;

namespace UserTcp.Connections;

/// <summary>Why a connection ended.</summary>
/// <param name="Error"><see cref="SocketError.Success"/> after an orderly close.</param>
/// <param name="Fault">What brought the whole stack down, or this connection, if that was it.</param>
/// <param name="IsOfConnection">The fault cost this connection alone.</param>
internal sealed record CloseReason(SocketError Error, Exception? Fault = null, bool IsOfConnection = false)
{
    /// <summary>FINs in both directions, all acknowledged.</summary>
    public static readonly CloseReason Orderly = new(SocketError.Success);

    /// <summary>The local user aborted.</summary>
    public static readonly CloseReason Aborted = new(SocketError.ConnectionAborted);

    /// <summary>The local user closed while something was waiting.</summary>
    public static readonly CloseReason Disposed = new(SocketError.OperationAborted);

    /// <summary>There is no memory for what the connection would hold.</summary>
    public static readonly CloseReason NoMemory = new(SocketError.NoBufferSpaceAvailable);

    /// <summary>Our FIN is sent, or about to be: there is no more writing.</summary>
    public static readonly CloseReason ShutDown = new(SocketError.Shutdown);

    /// <summary>True after an orderly close.</summary>
    public bool IsOrderly => Error == SocketError.Success;

    /// <summary>The reason that the engine gives, and the fault that it has had with the connection.</summary>
    public static CloseReason From(EngineError error, Exception? fault = null) => error switch
    {
        EngineError.None => Orderly,
        EngineError.ConnectionAborted => Aborted,
        EngineError.OutOfMemory => NoMemory,
        EngineError.InternalFault when fault is not null => Faulted(fault),
        _ => new CloseReason(UserTcpError.ToSocketError(error)),
    };

    /// <summary>The stack itself has had a fault with this connection.</summary>
    public static CloseReason Faulted(Exception fault) => new(UserTcpError.ToSocketError(EngineError.InternalFault), fault, IsOfConnection: true);

    /// <summary>A new exception that says it.</summary>
    public IOException ToException() =>
        Fault is null ? UserTcpError.ToIOException(Error)
        : IsOfConnection ? new IOException($"The connection was reset because the stack had a fault with it: {Fault.GetType().Name}: {Fault.Message}", Fault)
        : new IOException($"The stack has failed: {Fault.Message}", Fault);
}
