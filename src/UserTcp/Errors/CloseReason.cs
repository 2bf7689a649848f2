using System.Net.Sockets;
using UserTcp.Engine.Contract;

namespace UserTcp.Errors;

/// <summary>Why a connection ended.</summary>
/// <param name="Error"><see cref="SocketError.Success"/> after an orderly close.</param>
/// <param name="Fault">The fault that ended the whole stack, or this connection; null when there was none.</param>
/// <param name="IsOfConnection">True when the fault ended this connection alone.</param>
internal sealed record CloseReason(SocketError Error, Exception? Fault = null, bool IsOfConnection = false)
{
    /// <summary>FINs in both directions, all acknowledged.</summary>
    public static readonly CloseReason Orderly = new(SocketError.Success);

    /// <summary>The application aborted.</summary>
    public static readonly CloseReason Aborted = new(SocketError.ConnectionAborted);

    /// <summary>The application closed while a read or a write was waiting.</summary>
    public static readonly CloseReason Disposed = new(SocketError.OperationAborted);

    /// <summary>There is no memory for the connection's data.</summary>
    public static readonly CloseReason NoMemory = new(SocketError.NoBufferSpaceAvailable);

    /// <summary>Our FIN is sent, or about to be sent: writing is over.</summary>
    public static readonly CloseReason ShutDown = new(SocketError.Shutdown);

    /// <summary>True after an orderly close.</summary>
    public bool IsOrderly => Error == SocketError.Success;

    /// <summary>The engine's error, with the fault behind it if there was one.</summary>
    public static CloseReason From(EngineError error, Exception? fault = null) => error switch
    {
        EngineError.None => Orderly,
        EngineError.ConnectionAborted => Aborted,
        EngineError.OutOfMemory => NoMemory,
        EngineError.InternalFault when fault is not null => Faulted(fault),
        _ => new CloseReason(UserTcpError.ToSocketError(error)),
    };

    /// <summary>A fault of the stack itself ended this connection.</summary>
    public static CloseReason Faulted(Exception fault) =>
        new(UserTcpError.ToSocketError(EngineError.InternalFault), fault, IsOfConnection: true);

    /// <summary>A new exception with this reason.</summary>
    public IOException ToException() =>
        Fault is null ? UserTcpError.ToIOException(Error)
        : IsOfConnection ? new IOException(
            $"The connection was reset because the stack had a fault with it: {Fault.GetType().Name}: {Fault.Message}",
            Fault)
        : new IOException($"The stack has failed: {Fault.Message}", Fault);
}
