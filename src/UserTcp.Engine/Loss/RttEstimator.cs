using UserTcp.Wire;

namespace UserTcp.Engine.Loss;

/// <summary>
/// SRTT, RTTVAR and RTO (RFC 6298), with one timed segment per round trip, never one that was sent twice (Karn's algorithm,
/// MUST-18).
/// </summary>
internal struct RttEstimator
{
    // RFC 6298 section 5.7.
    private static readonly TimeSpan RtoAfterLostSyn = TimeSpan.FromSeconds(3);

    private MonotonicTime _timedSince;
    private SeqNum _timedEnd;
    private byte _backoff;
    private bool _isTiming;
    private bool _isSynLost;

    public TimeSpan Smoothed { get; private set; }

    public TimeSpan Variation { get; private set; }

    /// <summary>The retransmission timeout, backed off.</summary>
    public readonly TimeSpan Rto(EngineOptions options) =>
        TimeSpan.FromTicks(Math.Clamp(BaseTicks(options) << _backoff, options.MinimumRto.Ticks, options.MaximumRto.Ticks));

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
    public void OnAcknowledged(SeqNum ack, MonotonicTime now)
    {
        if (!_isTiming || ack < _timedEnd)
            return;
        _isTiming = false;
        Measure(now - _timedSince);
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
        _isSynLost = true;
        _backoff = 0;
    }

    private void Measure(TimeSpan rtt)
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
    }

    /// <summary>
    /// The retransmission timeout before any backoff (RFC 6298 sections 2.1 to 2.4). Worked out for every segment, so in ticks: a
    /// <see cref="TimeSpan"/> multiplies in floating point.
    /// </summary>
    private readonly long BaseTicks(EngineOptions options)
    {
        if (Smoothed == TimeSpan.Zero)
            return _isSynLost ? Math.Max(options.InitialRto.Ticks, RtoAfterLostSyn.Ticks) : options.InitialRto.Ticks;
        return Math.Max(Smoothed.Ticks + Math.Max(options.ClockGranularity.Ticks, 4 * Variation.Ticks), options.MinimumRto.Ticks);
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
