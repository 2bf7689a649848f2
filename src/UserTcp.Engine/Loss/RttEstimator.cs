namespace UserTcp.Engine.Loss;

/// <summary>SRTT, RTTVAR and RTO (RFC 6298), from a measurement with each ACK that tells of one (RFC 7323 section 4).</summary>
internal struct RttEstimator
{
    // RFC 6298 section 5.7.
    private static readonly TimeSpan RtoAfterLostSyn = TimeSpan.FromSeconds(3);

    // What the path was like that long ago says nothing of today's; Linux forgets as soon (tcp_min_rtt_wlen).
    private static readonly TimeSpan ShortestLasts = TimeSpan.FromMinutes(5);

    private MonotonicTime _shortestSince;
    private byte _backoff;
    private bool _isSynLost;

    /// <summary>One that has been packed.</summary>
    public RttEstimator(
        TimeSpan smoothed, TimeSpan variation, TimeSpan shortest, MonotonicTime shortestSince, byte backoff, bool isSynLost)
    {
        (Smoothed, Variation, Shortest) = (smoothed, variation, shortest);
        (_shortestSince, _backoff, _isSynLost) = (shortestSince, backoff, isSynLost);
    }

    /// <summary>When <see cref="Shortest"/> was measured.</summary>
    public readonly MonotonicTime ShortestSince => _shortestSince;

    /// <summary>How many times the timeout has been doubled.</summary>
    public readonly byte Backoff => _backoff;

    /// <summary>The SYN timed out (RFC 6298 section 5.7).</summary>
    public readonly bool IsSynLost => _isSynLost;

    public TimeSpan Smoothed { get; private set; }

    public TimeSpan Variation { get; private set; }

    /// <summary>The shortest round trip of the last minutes; zero before there was one.</summary>
    public TimeSpan Shortest { get; private set; }

    /// <summary>The retransmission timeout, backed off.</summary>
    public readonly TimeSpan Rto(EngineOptions options) =>
        TimeSpan.FromTicks(Math.Clamp(BaseTicks(options) << _backoff, options.MinimumRto.Ticks, options.MaximumRto.Ticks));

    /// <summary>A round trip of something that was sent once, for <see cref="Shortest"/>.</summary>
    public void OnShortest(TimeSpan roundTrip, MonotonicTime now)
    {
        if (Shortest != TimeSpan.Zero && roundTrip > Shortest && now - _shortestSince < ShortestLasts)
            return;
        Shortest = Max(roundTrip, TimeSpan.FromTicks(1));
        _shortestSince = now;
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

    /// <summary>
    /// A round trip has been measured, never from something that was sent twice unless timestamps tell which of them it was (Karn's
    /// algorithm, MUST-18). <paramref name="expectedSamples"/> is how many measurements there are in a round trip.
    /// </summary>
    public void Measure(TimeSpan rtt, int expectedSamples = 1)
    {
        if (Smoothed == TimeSpan.Zero)
        {
            // RFC 6298 section 2.2.
            Smoothed = Max(rtt, TimeSpan.FromTicks(1));
            Variation = rtt / 2;
        }
        else
        {
            // RFC 6298 section 2.3: beta 1/4 and alpha 1/8, RTTVAR before SRTT; shared among the measurements of a round trip, which
            // would forget too soon otherwise (RFC 7323 appendix G).
            var (alpha, beta) = (8 * expectedSamples, 4 * expectedSamples);
            Variation = (((beta - 1) * Variation) + (Smoothed - rtt).Duration()) / beta;
            Smoothed = Max((((alpha - 1) * Smoothed) + rtt) / alpha, TimeSpan.FromTicks(1));
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
