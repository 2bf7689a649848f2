using UserTcp.Engine;

namespace UserTcp.Connections;

/// <summary>
/// Every connection that the engine may still report on, orphans included. Uses the engine's own list, to save memory
/// for each connection. Loop's thread only.
/// </summary>
internal sealed class ConnectionRegistry(TcpEngine engine)
{
    /// <summary>The connection whose events are being handled; the engine may have deleted it already.</summary>
    public ConnectionPump? InHand { get; set; }

    /// <summary>Does something to every connection; that may end the connection.</summary>
    public void ForEach<TArgument>(Action<ConnectionPump, TArgument> action, TArgument argument)
    {
        if (InHand is { } pump)
            action(pump, argument);
        foreach (var connection in engine.GetConnections())
        {
            // A connection that has ended meanwhile has no owner.
            if (connection.Owner is ConnectionPump other && other != InHand)
                action(other, argument);
        }
    }
}
