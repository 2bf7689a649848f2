using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>From the four-tuple of a segment to its connection: the connection table, then the SYN queue.</summary>
internal static class ConnectionLookup
{
    /// <summary>
    /// Finds the connection of a tuple and makes it the current one, which unparks it. A half-open entry of the SYN
    /// queue becomes a connection again.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="tuple">The connection identifiers.</param>
    /// <param name="hash">The tuple's hash (<see cref="EngineState.HashOf"/>).</param>
    /// <returns>The connection; null when neither table has the tuple.</returns>
    public static Tcb? Enter(EngineState engine, in FourTuple tuple, ulong hash)
    {
        engine.Current.EnterShared();
        if (engine.Connections.Find(tuple, hash) is not { } tcb)
            return SynQueue.Unpark(engine, tuple, hash);
        engine.Current.Enter(tcb);
        return tcb;
    }
}
