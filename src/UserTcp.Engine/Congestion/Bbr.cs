using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

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

    public override void OnSending(in SendSequence snd, long inFlight, MonotonicTime now)
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
}
