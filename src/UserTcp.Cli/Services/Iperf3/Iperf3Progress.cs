namespace UserTcp.Cli.Services.Iperf3;

/// <summary>Since when a test has stood still. Looks once a second at what its streams have moved.</summary>
internal sealed class Iperf3Progress : IDisposable
{
    /// <summary>Bytes that count as progress: one now and then does not.</summary>
    public const long MinStep = 1024;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Func<long> _moved;
    private readonly Action _stalled;
    private readonly ITimer _timer;
    private TimeSpan _limit;
    private TimeSpan _grace;
    private long _since;
    private long _lastMoved;

    /// <param name="time">The clock.</param>
    /// <param name="limit">How long a test may stand still.</param>
    /// <param name="moved">Bytes that all streams have moved.</param>
    /// <param name="stalled">Called when the limit is reached.</param>
    public Iperf3Progress(TimeProvider time, TimeSpan limit, Func<long> moved, Action stalled)
    {
        (_time, _limit, _moved, _stalled) = (time, limit, moved, stalled);
        _since = time.GetTimestamp();
        _timer = time.CreateTimer(static progress => ((Iperf3Progress)progress!).Look(), this, Period, Period);
    }

    /// <summary>The rate that the client wants puts its blocks so far apart.</summary>
    public void AllowGaps(TimeSpan gap)
    {
        lock (_lock)
        {
            _grace = gap;
            _limit += gap;
        }
    }

    /// <summary>A step is done.</summary>
    public void Step()
    {
        lock (_lock)
            _since = _time.GetTimestamp();
    }

    /// <summary>Whether nothing has got on for that time.</summary>
    public bool HasStoodStill(TimeSpan time)
    {
        lock (_lock)
            return _time.GetElapsedTime(_since) >= time + _grace;
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var moved = _moved();
        lock (_lock)
        {
            if (moved - _lastMoved >= MinStep)
                (_lastMoved, _since) = (moved, _time.GetTimestamp());
            if (_time.GetElapsedTime(_since) < _limit)
                return;
        }

        _stalled();
    }
}
