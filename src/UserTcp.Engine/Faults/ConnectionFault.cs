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
