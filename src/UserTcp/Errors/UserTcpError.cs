using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>Converts the engine's errors to those of <see cref="Socket"/>.</summary>
public static class UserTcpError
{
    /// <summary>The code that a kernel socket reports.</summary>
    public static SocketError ToSocketError(EngineError error) => error switch
    {
        EngineError.None => SocketError.Success,
        EngineError.ConnectionRefused => SocketError.ConnectionRefused,
        EngineError.ConnectionReset => SocketError.ConnectionReset,
        EngineError.ConnectionAborted => SocketError.ConnectionAborted,
        EngineError.TimedOut => SocketError.TimedOut,
        EngineError.HostUnreachable => SocketError.HostUnreachable,
        EngineError.NetworkUnreachable => SocketError.NetworkUnreachable,
        EngineError.AddressInUse => SocketError.AddressAlreadyInUse,
        EngineError.AddressNotAvailable => SocketError.AddressNotAvailable,
        EngineError.AddressInvalid => SocketError.InvalidArgument,
        EngineError.OutOfMemory => SocketError.NoBufferSpaceAvailable,
        EngineError.TooManyConnections => SocketError.NoBufferSpaceAvailable,
        EngineError.MessageTooLong => SocketError.MessageSize,
        EngineError.WouldBlock => SocketError.WouldBlock,
        EngineError.InternalFault => SocketError.ConnectionAborted,
        _ => SocketError.SocketError,
    };

    /// <summary>The exception that opening, listening and accepting throw.</summary>
    public static SocketException ToException(EngineError error) => new((int)ToSocketError(error));

    /// <summary>As <see cref="ToException(EngineError)"/>, with the end point in the message.</summary>
    public static SocketException ToException(EngineError error, EndPoint endPoint) =>
        ToException(ToSocketError(error), endPoint);

    /// <summary>
    /// The exception that reading and writing throw: an <see cref="IOException"/> around
    /// <see cref="ToException(EngineError)"/>'s.
    /// </summary>
    public static IOException ToIOException(EngineError error) => ToIOException(ToSocketError(error));

    /// <summary>The exception of any call on a stack that has ended or is ending.</summary>
    internal static ObjectDisposedException StackEnded() =>
        new(nameof(UserTcpStack), "The stack has ended or is ending.");

    internal static SocketException ToException(SocketError error, EndPoint endPoint)
    {
        var code = (int)error;
        return new SocketException(code, $"{new SocketException(code).Message} {endPoint}");
    }

    internal static IOException ToIOException(SocketError error)
    {
        var inner = new SocketException((int)error);
        return new IOException(inner.Message, inner);
    }
}
