using UserTcp.Wire;

namespace UserTcp.Engine.Loss;

/// <summary>
/// SRTT, RTTVAR and RTO (RFC 6298), with one timed segment per round trip, never one that was sent twice (Karn's algorithm,
/// MUST-18).
/// </summary>
internal struct RttEstimator
{
    private bool _isTiming;
    private SeqNum _timedEnd;
    private MonotonicTime _timedSince;
    private int _backoff;
    private TimeSpan _baseRto;

    public TimeSpan Smoothed { get; private set; }

    public TimeSpan Variation { get; private set; }

    public void Begin(EngineOptions options) => _baseRto = options.InitialRto;

    /// <summary>The retransmission timeout, backed off.</summary>
    public readonly TimeSpan Rto(EngineOptions options) =>
        TimeSpan.FromTicks(Math.Clamp(_baseRto.Ticks << _backoff, options.MinimumRto.Ticks, options.MaximumRto.Ticks));

    /// <summary>New text (or SYN, FIN) up to <paramref name="end"/> goes out.</summary>
    public void OnSent(SeqNum end, MonotonicTime now)
    {
        if (_isTiming)
            return;
        _isTiming = true;
        _timedEnd = end;
        _timedSince = now;
    }

    /// <summary>Something is sent again: what is being timed can no longer be told from its copy (RFC 6298 section 3).</summary>
    public void OnRetransmitted() => _isTiming = false;

    /// <summary>SND.UNA has advanced to <paramref name="ack"/>.</summary>
    public void OnAcknowledged(SeqNum ack, MonotonicTime now, EngineOptions options)
    {
        if (!_isTiming || ack < _timedEnd)
            return;
        _isTiming = false;
        Measure(now - _timedSince, options);
    }

    /// <summary>Doubles the timeout (RFC 6298 section 5.5).</summary>
    public void BackOff(EngineOptions options)
    {
        if (Rto(options) < options.MaximumRto)
            _backoff++;
    }

    /// <summary>The SYN timed out, so the first data starts with at least 3 s (RFC 6298 section 5.7).</summary>
    public void OnHandshakeRetransmitted()
    {
        if (Smoothed == TimeSpan.Zero && _baseRto < TimeSpan.FromSeconds(3))
            _baseRto = TimeSpan.FromSeconds(3);
        _backoff = 0;
    }

    private void Measure(TimeSpan rtt, EngineOptions options)
    {
        if (Smoothed == TimeSpan.Zero)
        {
            // RFC 6298 section 2.2.
            Smoothed = Max(rtt, TimeSpan.FromTicks(1));
            Variation = rtt / 2;
        }
        else
        {
            // RFC 6298 section 2.3: beta 1/4 and alpha 1/8, RTTVAR before SRTT.
            Variation = ((3 * Variation) + (Smoothed - rtt).Duration()) / 4;
            Smoothed = Max(((7 * Smoothed) + rtt) / 8, TimeSpan.FromTicks(1));
        }

        _backoff = 0;
        _baseRto = Max(Smoothed + Max(options.ClockGranularity, 4 * Variation), options.MinimumRto);
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
