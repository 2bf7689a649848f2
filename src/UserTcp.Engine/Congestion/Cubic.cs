using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// CUBIC (RFC 9438): the window grows with the time since the last congestion, whatever the round trip, with HyStart++ (RFC 9406) to
/// leave the first slow start before it overflows the bottleneck.
/// </summary>
internal sealed class Cubic : CongestionControl
{
    // RFC 9406 section 4.2: segments that one ACK may count for in slow start when nothing paces what it lets out.
    private const int SegmentsPerAckUnpaced = 8;

    // RFC 3465 section 2.3: after a timeout an ACK may cover much that has left the network long ago.
    private const int SegmentsPerAckAfterTimeout = 1;

    // RFC 9438 section 4.2: no faster than slow start with an ACK for every second segment.
    private const double MaxGrowth = 1.5;

    private CubicCurve _curve;
    private HyStart _hyStart;
    private Saved _saved;
    private MonotonicTime _unusedSince;
    private MonotonicTime _lastAcknowledged;

    // What the window has grown by beyond whole octets.
    private double _fraction;
    private int _smss;
    private bool _afterTimeout;

    public override void Begin(int smss, bool handshakeRetransmitted)
    {
        _smss = smss;
        Window = InitialWindow.Of(smss, handshakeRetransmitted);
        _curve.OnSlowStart(0);
    }

    public override void OnSmssChanged(int smss)
    {
        _curve.Rescale((double)smss / _smss);
        _smss = smss;
    }

    public override void OnAcknowledged(in AckSample ack)
    {
        if (!IsWindowUsed(ack))
            return;
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
        // Section 4.6 allows cwnd in place of the flight if the window does not grow while it is not used.
        _curve.OnReduced(Segments(Window));
        SlowStartThreshold = Reduced();
        Window = SlowStartThreshold;
        _fraction = 0;
    }

    // PRR has brought what is in flight to ssthresh.
    public override void OnRecovered(long flightSize)
    {
    }

    // Section 4.8: as Reno, but for the size of ssthresh.
    public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now)
    {
        if (isFirst)
        {
            Save();
            _curve.OnSlowStart(Segments(Window));
            SlowStartThreshold = Reduced();
        }

        Window = _smss;
        _fraction = 0;
        _afterTimeout = true;
    }

    // Section 4.9: everything, or the curve would start from the wrong place.
    public override void Undo()
    {
        Window = Math.Max(Window, _saved.Window);
        SlowStartThreshold = Math.Max(SlowStartThreshold, _saved.Threshold);
        _curve = _saved.Curve;
        _afterTimeout = _saved.AfterTimeout;
    }

    // RFC 5681 section 4.1: the restart window. What the path could carry is remembered as three quarters of it (RFC 2861 section 3.2).
    public override void OnIdle(MonotonicTime now)
    {
        SlowStartThreshold = Math.Max(SlowStartThreshold, 3 * Window / 4);
        Window = Math.Min(InitialWindow.Of(_smss), Window);
        _curve.End();
        _unusedSince = MonotonicTime.Zero;
    }

    public override void OnSending(in SendSequence snd, long inFlight, MonotonicTime now)
    {
        if (inFlight > 0 || _lastAcknowledged == MonotonicTime.Zero)
            return;
        // Nothing was under way since the last ACK, or the window was not used for longer.
        _curve.Shift(now - (_unusedSince == MonotonicTime.Zero ? _lastAcknowledged : _unusedSince));
        _lastAcknowledged = now;
        if (_unusedSince != MonotonicTime.Zero)
            _unusedSince = now;
    }

    public override long PacingRate(TimeSpan smoothedRtt) => WindowPacing.Rate(Window, IsInSlowStart, smoothedRtt);

    /// <summary>A window that was not used has not been tested: it does not grow, and the curve waits for it (section 5.8).</summary>
    private bool IsWindowUsed(in AckSample ack)
    {
        _lastAcknowledged = ack.Now;
        if (!ack.WindowWasUsed)
        {
            if (_unusedSince == MonotonicTime.Zero)
                _unusedSince = ack.Now;
            return false;
        }

        if (_unusedSince != MonotonicTime.Zero)
        {
            _curve.Shift(ack.Now - _unusedSince);
            _unusedSince = MonotonicTime.Zero;
        }

        return true;
    }

    private void GrowInSlowStart(in AckSample ack)
    {
        var most = _afterTimeout ? SegmentsPerAckAfterTimeout * _smss : Pacer.IsPacing ? long.MaxValue : SegmentsPerAckUnpaced * _smss;
        var growth = Math.Min(ack.Acknowledged, most);
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
        var friendly = _curve.Friendly(acknowledged, cwnd);
        if (_curve.At(ack.Now) < friendly)
        {
            // Section 4.3: Reno would have more by now.
            Grow(friendly - cwnd);
            return;
        }

        // Sections 4.4 and 4.5: to where the curve is in a round trip, a part of the way for each segment.
        var target = Math.Clamp(_curve.At(ack.Now + ack.SmoothedRtt), cwnd, MaxGrowth * cwnd);
        Grow((target - cwnd) * acknowledged / cwnd);
    }

    private void Grow(double segments)
    {
        _fraction += Math.Max(segments, 0) * _smss;
        var octets = (long)_fraction;
        _fraction -= octets;
        Window += octets;
    }

    private double Segments(long octets) => (double)octets / _smss;

    private long Reduced() => Math.Max((long)(Window * CubicCurve.Beta), 2 * _smss);

    private void Save() => _saved = new Saved(Window, SlowStartThreshold, _curve, _afterTimeout);

    private readonly record struct Saved(long Window, long Threshold, CubicCurve Curve, bool AfterTimeout);
}

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
