using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <summary>A fault that the engine has contained: an exception that cost one connection, or one frame that belongs to no connection.</summary>
/// <param name="Exception">What was thrown.</param>
/// <param name="Connection">The connection that has been reset; null when only a frame was lost.</param>
/// <param name="Tuple">The identifiers of that connection; null when only a frame was lost.</param>
/// <param name="Time">When.</param>
public sealed record ConnectionFault(Exception Exception, Tcb? Connection, FourTuple? Tuple, MonotonicTime Time);

/// <summary>
/// A fault that the engine cannot contain: too many within a minute (<see cref="EngineOptions.MaxConnectionFaults"/>), or another fault while
/// the connection of the first was being removed. The engine must not be used afterwards, except to dispose of it.
/// </summary>
public sealed class EngineFaultException : Exception
{
    /// <summary>An exception that says why the fault could not be contained.</summary>
    /// <param name="message">Why.</param>
    /// <param name="fault">The fault.</param>
    public EngineFaultException(string message, Exception fault)
        : base(message, fault)
    {
    }
}
