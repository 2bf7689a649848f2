namespace UserTcp.Cli.Services;

/// <summary>
/// The open connections of one service: a limited number, each with a time until which its peer has to send. The times
/// are looked at once a second, so setting one costs a store and no timer.
/// </summary>
internal sealed class ConnectionGate : IDisposable
{
    /// <summary>Open connections of one service at most.</summary>
    public const int MaxConnections = 16_384;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<ServedConnection> _open = [];
    private readonly int _max;
    private readonly ITimer _timer;
    private int _now;

    public ConnectionGate(TimeProvider time, int max = MaxConnections)
    {
        _max = max;
        _timer = time.CreateTimer(static gate => ((ConnectionGate)gate!).EndOverdue(), this, Period, Period);
    }

    /// <summary>Seconds since the gate was made, as far as it has looked.</summary>
    public int Now => Volatile.Read(ref _now);

    /// <summary>Takes a connection in; null when there are too many.</summary>
    public ServedConnection? TryEnter(UserTcpConnection connection)
    {
        lock (_lock)
        {
            if (_open.Count >= _max)
                return null;
            var served = new ServedConnection(this, connection);
            _open.Add(served);
            return served;
        }
    }

    /// <summary>The connection has been served.</summary>
    public void Leave(ServedConnection served)
    {
        lock (_lock)
            _open.Remove(served);
    }

    public void Dispose() => _timer.Dispose();

    private void EndOverdue()
    {
        List<ServedConnection>? overdue = null;
        lock (_lock)
        {
            var now = ++_now;
            foreach (var served in _open)
            {
                if (served.IsOverdue(now))
                    (overdue ??= []).Add(served);
            }
        }

        // Not under the lock: a handler may run to its end in here.
        overdue?.ForEach(static served => served.EndRead());
    }
}
