using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// CUBIC (RFC 9438): cwnd grows with the time since the last congestion event, independent of the RTT. HyStart++
/// (RFC 9406) ends the first slow start before it overflows the bottleneck.
/// </summary>
internal sealed class Cubic : CongestionControl
{
    // L of RFC 9406 section 4.2: segments that one ACK counts for in slow start without pacing.
    private const int SegmentsPerAckUnpaced = 8;

    // RFC 3465 section 2.3: after an RTO an ACK may cover much data that left the network long ago.
    private const int SegmentsPerAckAfterTimeout = 1;

    // RFC 9438 section 4.2: the target is at most 1.5 * cwnd, the growth of slow start with an ACK for every second
    // segment.
    private const double MaxGrowth = 1.5;

    private CubicCurve _curve;
    private HyStart _hyStart;
    private Saved _saved;
    private MonotonicTime _unusedSince;
    private MonotonicTime _lastAcknowledged;

    // Growth of cwnd not yet applied: less than a byte.
    private double _fraction;
    private bool _afterTimeout;

    public override void OnAcknowledged(in AckSample ack)
    {
        _lastAcknowledged = ack.Now;
        if (!ack.WindowWasUsed)
        {
            // Section 5.8: an unused window has not been validated. It does not grow, and the curve pauses.
            if (_unusedSince == MonotonicTime.Zero)
                _unusedSince = ack.Now;
            return;
        }

        EndUnusedTime(ack.Now);
        if (IsInSlowStart)
        {
            GrowInSlowStart(ack);
            return;
        }

        _afterTimeout = false;
        if (!_curve.IsRunning)
            _curve.Begin(Segments(Window), ack.Now);
        GrowInAvoidance(ack, Segments(Window), Segments(Math.Min(ack.Acknowledged, Window)));
    }

    public override void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now)
    {
        Save();
        // Section 4.6 allows cwnd in place of FlightSize when an unused cwnd does not grow.
        _curve.OnReduced(Segments(Window));
        SlowStartThreshold = Reduced();
        Window = SlowStartThreshold;
        _fraction = 0;
    }

    // Section 4.8: as Reno, but with beta_cubic for ssthresh.
    public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now)
    {
        if (isFirst)
        {
            Save();
            _curve.OnSlowStart(Segments(Window));
            SlowStartThreshold = Reduced();
        }

        Window = Smss;
        _fraction = 0;
        _afterTimeout = true;
    }

    // Section 4.9: restores the curve too, or it would start from the wrong point.
    public override void Undo()
    {
        Window = Math.Max(Window, _saved.Window);
        SlowStartThreshold = Math.Max(SlowStartThreshold, _saved.Threshold);
        _curve = _saved.Curve;
        _afterTimeout = _saved.AfterTimeout;
    }

    // The restart window (RFC 5681 section 4.1). ssthresh keeps three quarters of cwnd (RFC 2861 section 3.2).
    public override void OnIdle(MonotonicTime now)
    {
        SlowStartThreshold = Math.Max(SlowStartThreshold, 3 * Window / 4);
        base.OnIdle(now);
        _curve.End();
        _unusedSince = MonotonicTime.Zero;
    }

    public override void OnSendingFromIdle(MonotonicTime now)
    {
        if (_lastAcknowledged == MonotonicTime.Zero)
            return;
        // Nothing was in flight since the last ACK, or cwnd was unused since even earlier: that time does not count.
        _curve.Shift(now - (_unusedSince == MonotonicTime.Zero ? _lastAcknowledged : _unusedSince));
        _lastAcknowledged = now;
        if (_unusedSince != MonotonicTime.Zero)
            _unusedSince = now;
    }

    protected override void OnBegin() => _curve.OnSlowStart(0);

    protected override void OnSmssChanged(int before) => _curve.Rescale((double)Smss / before);

    /// <summary>Excludes the time in which cwnd was not used from the curve (section 5.8).</summary>
    private void EndUnusedTime(MonotonicTime now)
    {
        if (_unusedSince == MonotonicTime.Zero)
            return;
        _curve.Shift(now - _unusedSince);
        _unusedSince = MonotonicTime.Zero;
    }

    private void GrowInSlowStart(in AckSample ack)
    {
        var limit = _afterTimeout ? SegmentsPerAckAfterTimeout * Smss
            : IsPaced ? long.MaxValue
            : SegmentsPerAckUnpaced * Smss;
        var growth = Math.Min(ack.Acknowledged, limit);
        if (SlowStartThreshold == long.MaxValue)
        {
            growth /= _hyStart.Divisor;
            if (_hyStart.OnAcknowledged(ack))
            {
                SlowStartThreshold = Window;
                _curve.OnSlowStart(Segments(Window));
                return;
            }
        }

        Window += growth;
    }

    private void GrowInAvoidance(in AckSample ack, double cwnd, double acknowledged)
    {
        _curve.AdvanceEstimate(acknowledged, cwnd);
        if (_curve.CubicAt(ack.Now) < _curve.Estimate)
        {
            // Section 4.3, the Reno-friendly region: Reno would have a larger window by now.
            Grow(_curve.Estimate - cwnd);
            return;
        }

        // Sections 4.4 and 4.5: reach W_cubic(t + RTT) within a round trip, by (target - cwnd) / cwnd for each segment.
        var target = Math.Clamp(_curve.CubicAt(ack.Now + ack.SmoothedRtt), cwnd, MaxGrowth * cwnd);
        Grow((target - cwnd) * acknowledged / cwnd);
    }

    private void Grow(double segments)
    {
        _fraction += Math.Max(segments, 0) * Smss;
        var bytes = (long)_fraction;
        _fraction -= bytes;
        Window += bytes;
    }

    private double Segments(long bytes) => (double)bytes / Smss;

    private long Reduced() => Math.Max((long)(Window * CubicCurve.Beta), 2 * Smss);

    private void Save() => _saved = new Saved(Window, SlowStartThreshold, _curve, _afterTimeout);

    private readonly record struct Saved(long Window, long Threshold, CubicCurve Curve, bool AfterTimeout);
}

/// <summary>
/// The window growth functions of one congestion avoidance stage (RFC 9438 sections 4.2 and 4.3): W_cubic(t) = C * (t -
/// K)^3 + W_max, and W_est, the estimate of Reno's window. Windows are in segments, times in seconds.
/// </summary>
internal struct CubicCurve
{
    /// <summary>beta_cubic: the multiplicative decrease factor (section 4.6).</summary>
    public const double Beta = 0.7;

    /// <summary>C: the steepness of the curve, in segments per second cubed (section 5.1).</summary>
    public const double C = 0.4;

    // alpha_cubic (section 4.3): with this increase a sender with beta_cubic has Reno's average window. It becomes 1 at
    // cwnd_prior.
    private const double AlphaBeforePrior = 3 * (1 - Beta) / (1 + Beta);

    // W_max, K, cwnd_prior (cwnd at the last congestion event) and t_epoch.
    private double _wMax;
    private double _k;
    private double _cwndPrior;
    private MonotonicTime _epochStart;
    private bool _startsAtPlateau;

    /// <summary>True during a congestion avoidance stage.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>W_est (equation 4).</summary>
    public double Estimate { get; private set; }

    /// <summary>
    /// Congestion at <paramref name="cwnd"/>: sets W_max to it, or lower with fast convergence (section 4.7).
    /// </summary>
    public void OnReduced(double cwnd)
    {
        // Fast convergence: cwnd did not reach the last W_max, so a new flow needs bandwidth; release more.
        _wMax = cwnd < _wMax ? cwnd * (1 + Beta) / 2 : cwnd;
        _cwndPrior = cwnd;
        _startsAtPlateau = false;
        IsRunning = false;
    }

    /// <summary>
    /// Slow start follows. If it ends without loss there is no W_max: the stage starts at its plateau (sections 4.8 and
    /// 4.10).
    /// </summary>
    public void OnSlowStart(double cwnd)
    {
        _cwndPrior = cwnd;
        _startsAtPlateau = true;
        IsRunning = false;
    }

    /// <summary>Ends the stage after an idle period. The next one has the same W_max.</summary>
    public void End() => IsRunning = false;

    /// <summary>Converts to a new segment size, which is <paramref name="ratio"/> times the old one.</summary>
    public void Rescale(double ratio)
    {
        _wMax /= ratio;
        _cwndPrior /= ratio;
        IsRunning = false;
    }

    /// <summary>Begins a congestion avoidance stage; K is from equation 2.</summary>
    public void Begin(double cwnd, MonotonicTime now)
    {
        if (_startsAtPlateau || _wMax < cwnd)
            _wMax = cwnd;
        _k = Math.Cbrt((_wMax - cwnd) / C);
        Estimate = cwnd;
        _epochStart = now;
        _startsAtPlateau = false;
        IsRunning = true;
    }

    /// <summary>Moves the epoch: time in which cwnd was not used does not count (section 5.8).</summary>
    public void Shift(TimeSpan unused) => _epochStart += unused;

    /// <summary>W_cubic (equation 1) at a time.</summary>
    public readonly double CubicAt(MonotonicTime time)
    {
        var t = (time - _epochStart).Ticks / (double)TimeSpan.TicksPerSecond;
        return (C * (t - _k) * (t - _k) * (t - _k)) + _wMax;
    }

    /// <summary>Advances W_est by <paramref name="acknowledged"/> segments (equation 4).</summary>
    public void AdvanceEstimate(double acknowledged, double cwnd) =>
        Estimate += (Estimate < _cwndPrior ? AlphaBeforePrior : 1) * acknowledged / cwnd;
}
