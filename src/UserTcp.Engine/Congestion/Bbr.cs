using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// BBR version 3 (draft-ietf-ccwg-bbr): measures the delivery rate of the path and its RTT without a queue. It sends at
/// that rate, with no more in flight than the path holds, rather than until a loss. The parts of this class follow the
/// draft: the model of the path, the states, and the control of rate and window.
/// </summary>
/// <param name="seed">Seeds the randomness that keeps connections from probing at the same time.</param>
internal sealed partial class Bbr(ulong seed) : CongestionControl
{
    private const long Unbounded = long.MaxValue;

    // RS: the rate sample of this ACK.
    private DeliveryRate _rs;
    private double _rsRate;
    private long _rsNewlyAcked;
    private long _rsNewlyLost;
    private TimeSpan? _rsRtt;

    // C: the connection.
    private MonotonicTime _now;
    private long _inFlight;
    private bool _isInRecovery;
    private long _totalLost;

    private bool _isStarted;

    public override bool OwnsRecovery => true;

    public BbrState State { get; private set; }

    /// <summary>The steps for each ACK, in this order (section 5.2.3).</summary>
    public override void OnAcknowledged(in AckSample ack)
    {
        SetSample(ack);
        UpdateOnLoss();
        UpdateLatestDeliverySignals();
        UpdateCongestionSignals();
        UpdateAckAggregation();
        CheckFullBwReached();
        CheckStartupDone();
        CheckDrainDone();
        UpdateProbeBwCyclePhase();
        UpdateMinRtt();
        CheckProbeRtt();
        AdvanceLatestDeliverySignals();
        SetPacingRate();
        SetWindow();
    }

    /// <summary>
    /// Saves the state for <see cref="Undo"/>. The loss rate decides with the ACKs (section 5.5.10). ECE counts as a
    /// loss.
    /// </summary>
    public override void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now)
    {
        SaveStateUponLoss();
        SlowStartThreshold = Window;
        _isLossInRound |= what == CongestionEvent.Ece;
    }

    public override void OnRecovered(long flightSize) => RestoreWindow();

    /// <summary>cwnd becomes one segment (section 5.6.4.4).</summary>
    public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now)
    {
        if (isFirst)
        {
            SaveStateUponLoss();
            SlowStartThreshold = Window;
        }

        Window = Smss;
    }

    // The model keeps the rate of the path, and pacing prevents a burst (section 5.4.2).
    public override void OnIdle(MonotonicTime now)
    {
    }

    public override void OnSendingFromIdle(MonotonicTime now)
    {
        if (_isStarted)
            HandleRestartFromIdle(now);
    }

    protected override void OnBegin()
    {
        ResetShortTermModel();
        ResetFullBw();
        EnterStartup();
    }

    private void SetSample(in AckSample ack)
    {
        _now = ack.Now;
        _rs = ack.Rate;
        _rsRate = ack.Rate.BytesPerSecond;
        _rsNewlyAcked = ack.Delivered;
        _rsNewlyLost = Math.Max(ack.Rate.TotalLost - _totalLost, 0);
        _rsRtt = ack.RoundTrip;
        _totalLost = ack.Rate.TotalLost;
        _inFlight = ack.InFlight;
        _isInRecovery = ack.IsInRecovery;
        if (_isStarted)
            return;
        _isStarted = true;
        // The initial pacing rate; samples only raise it in Startup (section 5.6.2).
        if (ack.SmoothedRtt > TimeSpan.Zero)
            _pacingRate = InitialPacingRate(ack.SmoothedRtt);
        (_extraAckedIntervalStart, _minRttStamp, _probeRttMinStamp, _cycleStamp) = (_now, _now, _now, _now);
    }

    // Control of the rate and the window (section 5.6).

    // BBR.PacingMarginPercent of 1: slower than the path on average, so that queues drain.
    private const double PacingMargin = 0.99;
    private const int MinPipeSegments = 4;
    private const int MaxQuantum = 65_536;
    private const int QuantaPerSecond = 1000;
    private const int OffloadQuanta = 3;

    private double _pacingRate;
    private long _priorWindow;
    private BbrState? _undoState;
    private double _undoBwShortterm;
    private long _undoInflightShortterm;
    private long _undoInflightLongterm;

    private long MinPipeWindow => MinPipeSegments * Smss;

    /// <summary>
    /// Before the first sample, the rate of IW per SRTT. After Startup, BBR.MinPipeCwnd per SRTT or more: that may be
    /// in flight whatever the model says. A measured rate of bytes per second would delay the next segment for minutes,
    /// and so confirm itself.
    /// </summary>
    public override long PacingRate(TimeSpan smoothedRtt)
    {
        if (smoothedRtt <= TimeSpan.Zero)
            return (long)_pacingRate;
        var rate = _pacingRate > 0 ? _pacingRate : InitialPacingRate(smoothedRtt);
        if (_pacingRate > 0 && _fullBwReached)
            rate = Math.Max(rate, MinPipeWindow / smoothedRtt.TotalSeconds);
        // A rate of 0 would not pace.
        return Math.Max((long)rate, 1);
    }

    private double InitialPacingRate(TimeSpan smoothedRtt) =>
        StartupPacingGain * InitialWindow.Of(Smss) / smoothedRtt.TotalSeconds;

    /// <summary>Restores the state before a spurious recovery; a probe that it ended starts again.</summary>
    public override void Undo()
    {
        RestoreWindow();
        _isLossInRound = false;
        ResetFullBw();
        _bwShortterm = Math.Max(_bwShortterm, _undoBwShortterm);
        _inflightShortterm = Math.Max(_inflightShortterm, _undoInflightShortterm);
        _inflightLongterm = Math.Max(_inflightLongterm, _undoInflightLongterm);
        if (_undoState == BbrState.Startup && State != BbrState.Startup)
        {
            _fullBwReached = false;
            if (State != BbrState.ProbeRtt)
                EnterStartup();
        }
        else if (_undoState == BbrState.ProbeUp && State is not (BbrState.ProbeUp or BbrState.ProbeRtt))
        {
            StartProbeRefill();
        }

        _undoState = null;
    }

    private void SaveStateUponLoss()
    {
        SaveWindow();
        _undoState = null;
        _undoBwShortterm = _bwShortterm;
        _undoInflightShortterm = _inflightShortterm;
        _undoInflightLongterm = _inflightLongterm;
    }

    private void SaveWindow() =>
        _priorWindow = _isInRecovery || State == BbrState.ProbeRtt ? Math.Max(_priorWindow, Window) : Window;

    private void RestoreWindow() => Window = Math.Max(Window, _priorWindow);

    private void SetPacingRate() => SetPacingRate(_pacingGain);

    /// <summary>
    /// Before the path is full the rate only grows, since an application-limited sample says nothing.
    /// </summary>
    private void SetPacingRate(double gain)
    {
        var rate = gain * Bw * PacingMargin;
        if (rate > 0 && (_fullBwReached || rate > _pacingRate))
            _pacingRate = rate;
    }

    private long Bdp(double bw) =>
        _minRtt == TimeSpan.MaxValue ? InitialWindow.Of(Smss) : (long)(bw * _minRtt.TotalSeconds);

    /// <summary>
    /// Raises the flight to what keeps both ends busy: offload frames of several segments, ACKs for every second one.
    /// </summary>
    private long WithQuantizationBudget(long inflight)
    {
        // No Clamp: two segments of a large MTU exceed the maximum quantum.
        var quantum = (long)Math.Max(Math.Min(_pacingRate / QuantaPerSecond, MaxQuantum), 2 * Smss);
        inflight = Math.Max(inflight, Math.Max(OffloadQuanta * quantum, MinPipeWindow));
        return State == BbrState.ProbeUp ? inflight + (2 * Smss) : inflight;
    }

    private long Inflight(double bw, double gain) => WithQuantizationBudget((long)(gain * Bdp(bw)));

    private void SetWindow()
    {
        var max = WithQuantizationBudget((long)(_cwndGain * Bdp(Bw)) + _extraAcked.Value);
        if (_fullBwReached)
            Window = Math.Min(Window + _rsNewlyAcked, max);
        else if (Window < max || _rs.TotalDelivered < InitialWindow.Of(Smss))
            Window += _rsNewlyAcked;
        Window = Math.Max(Window, MinPipeWindow);
        if (State == BbrState.ProbeRtt)
            Window = Math.Min(Window, ProbeRttWindow);
        BoundWindowForModel();
    }

    private void BoundWindowForModel()
    {
        var cap = State switch
        {
            BbrState.ProbeCruise or BbrState.ProbeRtt => InflightWithHeadroom(),
            _ when IsInProbeBw => _inflightLongterm,
            _ => Unbounded,
        };
        cap = Math.Max(Math.Min(cap, _inflightShortterm), MinPipeWindow);
        Window = Math.Min(Window, cap);
    }
}

/// <summary>The states of BBR (draft-ietf-ccwg-bbr section 5.1), in the order of a connection's life.</summary>
internal enum BbrState : byte
{
    /// <summary>Doubles the rate in each round trip until the path is full.</summary>
    Startup,

    /// <summary>Sends slowly until the queue of Startup is gone.</summary>
    Drain,

    /// <summary>ProbeBW_DOWN: slower than the path, so that queues shrink and other flows find room.</summary>
    ProbeDown,

    /// <summary>ProbeBW_CRUISE: at the rate of the path.</summary>
    ProbeCruise,

    /// <summary>
    /// ProbeBW_REFILL: fills the path first, so that a probe does not see losses before the path is full.
    /// </summary>
    ProbeRefill,

    /// <summary>ProbeBW_UP: faster than the path, to probe for more bandwidth.</summary>
    ProbeUp,

    /// <summary>ProbeRTT: little in flight, to measure the RTT without a queue.</summary>
    ProbeRtt,
}
