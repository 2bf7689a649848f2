using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>
/// What limits the sender now, since when, and how long each limit has applied over the connection's life (Linux:
/// tcpi_rwnd_limited and its neighbours).
/// </summary>
internal struct LimitTimes
{
    private static readonly TimeSpan MinKept = TimeSpan.FromMilliseconds(100);

    private MonotonicTime _since;
    private TimeSpan _peerWindow;
    private TimeSpan _congestionWindow;
    private TimeSpan _pacing;

    /// <summary>The limit now.</summary>
    public SendLimit Current { get; private set; }

    /// <summary>Limits have applied for so long that a parked connection keeps their times.</summary>
    public readonly bool IsWorthKeeping => _peerWindow + _congestionWindow + _pacing >= MinKept;

    /// <summary>The sender has looked for something to send, and found this limit.</summary>
    public void Change(SendLimit limit, MonotonicTime now)
    {
        if (limit == Current)
            return;
        var span = now - _since;
        switch (Current)
        {
            case SendLimit.PeerWindow:
                _peerWindow += span;
                break;
            case SendLimit.CongestionWindow:
                _congestionWindow += span;
                break;
            case SendLimit.Pacing:
                _pacing += span;
                break;
        }

        (Current, _since) = (limit, now);
    }

    /// <summary>How long the limit now has applied.</summary>
    public readonly TimeSpan CurrentFor(MonotonicTime now) =>
        _since == MonotonicTime.Zero ? TimeSpan.Zero : now - _since;

    /// <summary>How long a limit has applied in all; zero for one that is not counted.</summary>
    public readonly TimeSpan Total(SendLimit limit, MonotonicTime now)
    {
        var past = limit switch
        {
            SendLimit.PeerWindow => _peerWindow,
            SendLimit.CongestionWindow => _congestionWindow,
            SendLimit.Pacing => _pacing,
            _ => TimeSpan.Zero,
        };
        return limit == Current ? past + CurrentFor(now) : past;
    }
}
