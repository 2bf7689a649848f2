using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Errors;
using UserTcp.Telemetry;

namespace UserTcp.Connections;

/// <summary>
/// When the connections of one loop began, for the metrics of handshakes and of ends. Kept only while somebody collects
/// these, as a stack has many idle connections. Loop's thread.
/// </summary>
/// <param name="meter">The stack's metrics.</param>
internal sealed class ConnectionAges(StackMeter meter)
{
    private readonly Dictionary<ConnectionPump, (MonotonicTime Since, bool IsActive)> _ages = [];

    /// <summary>An active open begins, or a passive one is established.</summary>
    public void Begin(ConnectionPump connection, bool isActive, MonotonicTime now)
    {
        if (meter.WantsAges)
            _ages[connection] = (now, isActive);
    }

    /// <summary>An active open is established.</summary>
    public void Establish(ConnectionPump connection, MonotonicTime now)
    {
        if (!_ages.TryGetValue(connection, out var age))
            return;
        meter.RecordHandshake(now - age.Since);
        _ages[connection] = (now, age.IsActive);
    }

    /// <summary>An active open has failed.</summary>
    public void Forget(ConnectionPump connection) => _ages.Remove(connection);

    /// <summary>A connection is over for its application.</summary>
    public void End(ConnectionPump connection, CloseReason reason, TcpEngine engine, Tcb tcb, MonotonicTime now)
    {
        if (_ages.Remove(connection, out var age))
            meter.RecordEnd(age.IsActive, reason, now - age.Since, engine.GetSmoothedRtt(tcb));
    }
}
