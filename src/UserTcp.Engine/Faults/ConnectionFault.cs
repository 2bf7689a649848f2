using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <summary>
/// A fault that the engine has contained: an exception that cost one connection, or one frame of no connection.
/// </summary>
/// <param name="Exception">The exception.</param>
/// <param name="Connection">The connection that was reset; null when only a frame was lost.</param>
/// <param name="Tuple">Its four-tuple; null when only a frame was lost.</param>
/// <param name="Time">When it was thrown.</param>
public sealed record ConnectionFault(Exception Exception, Tcb? Connection, FourTuple? Tuple, MonotonicTime Time);

/// <summary>
/// A fault that the engine cannot contain: too many within a minute (<see cref="EngineOptions.MaxConnectionFaults"/>),
/// or a second one during the removal of a connection. The engine may then only be disposed of.
/// </summary>
public sealed class EngineFaultException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why the fault could not be contained.</param>
    /// <param name="fault">The fault.</param>
    public EngineFaultException(string message, Exception fault)
        : base(message, fault)
    {
    }
}
