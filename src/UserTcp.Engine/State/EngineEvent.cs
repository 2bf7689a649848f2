using UserTcp.Engine.Contract;
using UserTcp.Engine.Udp;

namespace UserTcp.Engine.State;

/// <summary>
/// An event for the engine's caller. Exactly one of <paramref name="Connection"/>, <paramref name="Listener"/> and
/// <paramref name="Endpoint"/> is set.
/// </summary>
/// <param name="Connection">The connection it is about.</param>
/// <param name="Listener">The listener it is about.</param>
/// <param name="Events">What happened since the last event of the same object.</param>
/// <param name="Endpoint">The UDP endpoint it is about.</param>
public readonly record struct EngineEvent(
    Tcb? Connection, Listener? Listener, EngineEvents Events, UdpEndpoint? Endpoint = null);
