using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// BBR version 3 (draft-ietf-ccwg-bbr): measures how fast the path delivers and how long it takes without a queue, and sends at that rate
/// with no more in flight than the path holds, rather than until something is lost. The parts of this class are the draft's headings:
/// the path's model, what happens in the states, and what follows for rate and window.
/// </summary>
/// <param name="seed">Where the randomness comes from that keeps connections from probing together.</param>
internal sealed partial class Bbr(ulong seed) : CongestionControl
{
    private const long Unbounded = long.MaxValue;

    // The rate sample of this ACK: the draft's RS.
    private DeliveryRate _rs;
    private double _rsRate;
    private long _rsNewlyAcked;
    private long _rsNewlyLost;
    private TimeSpan? _rsRtt;

    // The connection: the draft's C.
    private MonotonicTime _now;
    private long _inFlight;
    private int _smss;
    private bool _isInRecovery;
    private long _totalLost;

    private bool _isStarted;

    public override bool OwnsRecovery => true;

    public BbrState State { get; private set; }

    public override void Begin(int smss, bool handshakeRetransmitted)
    {
        _smss = smss;
        Window = InitialWindow.Of(smss, handshakeRetransmitted);
        ResetShortTermModel();
        ResetFullBw();
        EnterStartup();
    }

    public override void OnSmssChanged(int smss) => _smss = smss;

    /// <summary>Section 5.2.3: the steps for each ACK, in this order.</summary>
    public override void OnAcknowledged(in AckSample ack)
    {
        SetSample(ack);
        NoteLosses();
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

    /// <summary>Section 5.5.10: the rate of loss decides, with the ACKs; here only what was before is saved. A mark counts as a loss.</summary>
    public override void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now)
    {
        SaveStateUponLoss();
        SlowStartThreshold = Window;
        _isLossInRound |= what == CongestionEvent.Ece;
    }

    public override void OnRecovered(long flightSize) => RestoreWindow();

    /// <summary>Section 5.6.4.4: one segment.</summary>
    public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now)
    {
        if (isFirst)
        {
            SaveStateUponLoss();
            SlowStartThreshold = Window;
        }

        Window = _smss;
    }

    // What the path can carry is remembered as a rate, and sent at that rate: there is no burst to fear (section 5.4.2).
    public override void OnIdle(MonotonicTime now)
    {
    }

    public override void OnSending(long inFlight, MonotonicTime now)
    {
        if (inFlight == 0 && _isStarted)
            HandleRestartFromIdle(now);
    }

    private void SetSample(in AckSample ack)
    {
        _now = ack.Now;
        _rs = ack.Rate;
        _rsRate = ack.Rate.OctetsPerSecond;
        _rsNewlyAcked = ack.Delivered;
        _rsNewlyLost = Math.Max(ack.Rate.TotalLost - _totalLost, 0);
        _rsRtt = ack.RoundTrip;
        _totalLost = ack.Rate.TotalLost;
        _inFlight = ack.InFlight;
        _isInRecovery = ack.IsInRecovery;
        if (_isStarted)
            return;
        _isStarted = true;
        // Before the first rate is measured, which only raises it in Startup (section 5.6.2).
        if (ack.SmoothedRtt > TimeSpan.Zero)
            _pacingRate = InitialPacingRate(ack.SmoothedRtt);
        (_extraAckedIntervalStart, _minRttStamp, _probeRttMinStamp, _cycleStamp) = (_now, _now, _now, _now);
    }

    // What follows for the rate and the window (section 5.6).
    // A little slower than the path on average, so that queues go away.
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

    private long MinPipeWindow => MinPipeSegments * _smss;

    /// <summary>
    /// Before anything is known, as if the initial window were to go around in a round trip. After Startup never less than the minimum
    /// window in a round trip, which may be in flight whatever the model says: where single bytes have been measured, a rate of bytes a
    /// second would hold back the next segment for minutes, and so measure itself.
    /// </summary>
    public override long PacingRate(TimeSpan smoothedRtt)
    {
        if (smoothedRtt <= TimeSpan.Zero)
            return (long)_pacingRate;
        if (_pacingRate <= 0)
            return (long)InitialPacingRate(smoothedRtt);
        return (long)(_fullBwReached ? Math.Max(_pacingRate, MinPipeWindow / smoothedRtt.TotalSeconds) : _pacingRate);
    }

    private double InitialPacingRate(TimeSpan smoothedRtt) => StartupPacingGain * InitialWindow.Of(_smss) / smoothedRtt.TotalSeconds;

    /// <summary>All is as if the recovery had not been; a probe that it ended begins again.</summary>
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
        (_undoBwShortterm, _undoInflightShortterm, _undoInflightLongterm) = (_bwShortterm, _inflightShortterm, _inflightLongterm);
    }

    private void SaveWindow() =>
        _priorWindow = _isInRecovery || State == BbrState.ProbeRtt ? Math.Max(_priorWindow, Window) : Window;

    private void RestoreWindow() => Window = Math.Max(Window, _priorWindow);

    private void SetPacingRate() => SetPacingRate(_pacingGain);

    /// <summary>Until the path is full the rate only grows: a rate that the application has limited says nothing.</summary>
    private void SetPacingRate(double gain)
    {
        var rate = gain * Bw * PacingMargin;
        if (rate > 0 && (_fullBwReached || rate > _pacingRate))
            _pacingRate = rate;
    }

    private long Bdp(double bw) => _minRtt == TimeSpan.MaxValue ? InitialWindow.Of(_smss) : (long)(bw * _minRtt.TotalSeconds);

    /// <summary>At least what keeps both ends at work: frames of several segments, and an ACK for every second one.</summary>
    private long WithQuantizationBudget(long inflight)
    {
        // Not clamped: two segments of a large MTU are more than the largest quantum.
        var quantum = (long)Math.Max(Math.Min(_pacingRate / QuantaPerSecond, MaxQuantum), 2 * _smss);
        inflight = Math.Max(inflight, Math.Max(OffloadQuanta * quantum, MinPipeWindow));
        return State == BbrState.ProbeUp ? inflight + (2 * _smss) : inflight;
    }

    private long Inflight(double bw, double gain) => WithQuantizationBudget((long)(gain * Bdp(bw)));

    private void SetWindow()
    {
        var most = WithQuantizationBudget((long)(_cwndGain * Bdp(Bw)) + _extraAcked.Value);
        if (_fullBwReached)
            Window = Math.Min(Window + _rsNewlyAcked, most);
        else if (Window < most || _rs.TotalDelivered < InitialWindow.Of(_smss))
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

/// <summary>The states of BBR (draft-ietf-ccwg-bbr, section 5.1). The order is that of a connection's life.</summary>
internal enum BbrState : byte
{
    /// <summary>Doubles the rate with each round trip until the path is full.</summary>
    Startup,

    /// <summary>Sends slowly until the queue that Startup has made is gone.</summary>
    Drain,

    /// <summary>ProbeBW_DOWN: a little slower than the path, for queues to shrink and others to find room.</summary>
    ProbeDown,

    /// <summary>ProbeBW_CRUISE: as fast as the path.</summary>
    ProbeCruise,

    /// <summary>ProbeBW_REFILL: fills the path again, lest a probe meets losses before the path is full.</summary>
    ProbeRefill,

    /// <summary>ProbeBW_UP: faster than the path, to see whether there is more.</summary>
    ProbeUp,

    /// <summary>Little in flight, to see the round trip without a queue.</summary>
    ProbeRtt,
}
