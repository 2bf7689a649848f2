using UserTcp.Errors;

namespace UserTcp.Connections;

/// <summary>An active OPEN that waits for its connection.</summary>
internal interface IPendingOpen
{
    /// <summary>The connection is established. False when the application has given up waiting.</summary>
    bool Succeed(ConnectionPump pump);

    /// <summary>There will be no connection.</summary>
    void Refuse(CloseReason reason);
}
