using UserTcp.Engine;

namespace UserTcp.Connections;

/// <summary>
/// Every connection that the engine may still report on, orphans included. The engine has a list of them; another would take memory for
/// each. Loop's thread only.
/// </summary>
internal sealed class ConnectionRegistry(TcpEngine engine)
{
    /// <summary>The connection whose events have been taken from the engine and are being handled: the engine may know it no longer.</summary>
    public ConnectionPump? InHand { get; set; }

    /// <summary>Does something to every connection, which may end thereby.</summary>
    public void ForEach<TArgument>(Action<ConnectionPump, TArgument> action, TArgument argument)
    {
        if (InHand is { } pump)
            action(pump, argument);
        foreach (var connection in engine.GetConnections())
        {
            // One that has ended meanwhile has no owner.
            if (connection.Owner is ConnectionPump other && other != InHand)
                action(other, argument);
        }
    }
}
