using UserTcp.Engine.Contract;

namespace UserTcp.Engine;

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
