using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// What CUBIC lets the window grow along in one stage of congestion avoidance (RFC 9438 section 4.2 and 4.3): the cubic function
/// W_cubic(t) = C * (t - K)^3 + W_max, and what Reno would have, W_est. All windows in segments, all times in seconds.
/// </summary>
internal struct CubicCurve
{
    /// <summary>What is left of the window after congestion (section 4.6).</summary>
    public const double Beta = 0.7;

    /// <summary>How steep the curve is (section 5.1), in segments per second cubed.</summary>
    public const double C = 0.4;

    // Section 4.3: with this increase a sender that keeps 70 % sends as much as Reno on average, until it is where it was before.
    private const double AlphaBeforePrior = 3 * (1 - Beta) / (1 + Beta);

    private double _wMax;
    private double _k;
    private double _wEst;

    // cwnd_prior: the window at the last congestion.
    private double _prior;
    private MonotonicTime _epochStart;
    private bool _startsFlat;

    /// <summary>A stage of congestion avoidance is under way.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Congestion at a window of <paramref name="cwnd"/>: the curve's plateau (section 4.6), lower for a flow that shrinks (section 4.7).</summary>
    public void OnReduced(double cwnd)
    {
        // Fast convergence: the last plateau was not reached, so someone else needs room; let go of more.
        _wMax = cwnd < _wMax ? cwnd * (1 + Beta) / 2 : cwnd;
        _prior = cwnd;
        _startsFlat = false;
        IsRunning = false;
    }

    /// <summary>Slow start follows, and when it ends without loss, nothing is known of a plateau (sections 4.8 and 4.10).</summary>
    public void OnSlowStart(double cwnd)
    {
        _prior = cwnd;
        _startsFlat = true;
        IsRunning = false;
    }

    /// <summary>Sending has paused for long: the next stage starts anew, towards the same plateau.</summary>
    public void End() => IsRunning = false;

    /// <summary>A segment is something else from now on, so many of the old ones.</summary>
    public void Rescale(double oldSegments)
    {
        _wMax /= oldSegments;
        _prior /= oldSegments;
        IsRunning = false;
    }

    /// <summary>A stage of congestion avoidance begins (equation 2 has K).</summary>
    public void Begin(double cwnd, MonotonicTime now)
    {
        if (_startsFlat || _wMax < cwnd)
            _wMax = cwnd;
        _k = Math.Cbrt((_wMax - cwnd) / C);
        _wEst = cwnd;
        _epochStart = now;
        _startsFlat = false;
        IsRunning = true;
    }

    /// <summary>Time in which the window was not used does not count (section 5.8).</summary>
    public void Shift(TimeSpan unused) => _epochStart += unused;

    /// <summary>W_cubic (equation 1) at a point in time.</summary>
    public readonly double At(MonotonicTime time)
    {
        var t = (time - _epochStart).Ticks / (double)TimeSpan.TicksPerSecond;
        return (C * (t - _k) * (t - _k) * (t - _k)) + _wMax;
    }

    /// <summary>W_est (equation 4) after <paramref name="acknowledged"/> segments more.</summary>
    public double Friendly(double acknowledged, double cwnd) =>
        _wEst += (_wEst < _prior ? AlphaBeforePrior : 1) * acknowledged / cwnd;
}
