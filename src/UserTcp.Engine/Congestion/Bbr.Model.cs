using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// The model of the path: delivery rates, inflight bounds, and their reduction by losses (draft-ietf-ccwg-bbr
/// section 5.5).
/// </summary>
internal sealed partial class Bbr
{
    private const double LossThresh = 0.02;
    private const double Beta = 0.7;
    private const int ExtraAckedFilterLength = 10;

    // Packet-timed round trips.
    private long _nextRoundDelivered;
    private long _roundCount;
    private bool _roundStart;

    // BBR.max_bw: the maximum of this ProbeBW cycle and the one before.
    private double _maxBw;
    private double _maxBwOfCycle;
    private double _maxBwOfLastCycle;

    // BBR.bw_shortterm and BBR.inflight_shortterm: bounds from recent losses.
    private double _bwShortterm;
    private long _inflightShortterm;

    // BBR.inflight_longterm: the maximum inflight without excessive loss in a probe.
    private long _inflightLongterm = Unbounded;

    private double _bwLatest;
    private long _inflightLatest;
    private long _lossRoundDelivered;
    private bool _lossRoundStart;
    private bool _isLossInRound;

    private WindowedMax _extraAcked;
    private MonotonicTime _extraAckedIntervalStart;
    private long _extraAckedDelivered;

    // C.is_cwnd_limited: cwnd was full at some time in this round trip or the last.
    private bool _isWindowLimited;
    private bool _wasWindowFull;

    /// <summary>BBR.bw in bytes per second: the estimated bandwidth of the path.</summary>
    public double Bw => Math.Min(_maxBw, _bwShortterm);

    private void StartRound() => _nextRoundDelivered = _rs.TotalDelivered;

    private void UpdateRound()
    {
        _wasWindowFull |= _inFlight + _rsNewlyAcked + (2 * Smss) > Window;
        _roundStart = _rs.PriorDelivered >= _nextRoundDelivered;
        _isWindowLimited |= _wasWindowFull;
        if (!_roundStart)
            return;
        StartRound();
        _roundCount++;
        _roundsSinceProbeUp++;
        (_isWindowLimited, _wasWindowFull) = (_wasWindowFull, false);
    }

    private void UpdateMaxBw()
    {
        UpdateRound();
        if (_rsRate <= 0 || (_rsRate < _maxBw && _rs.IsApplicationLimited))
            return;
        _maxBwOfCycle = Math.Max(_maxBwOfCycle, _rsRate);
        _maxBw = Math.Max(_maxBwOfCycle, _maxBwOfLastCycle);
    }

    private void AdvanceMaxBwFilter()
    {
        // A cycle without a sample does not count.
        if (_maxBwOfCycle <= 0)
            return;
        (_maxBwOfLastCycle, _maxBwOfCycle) = (_maxBwOfCycle, 0);
        _maxBw = _maxBwOfLastCycle;
    }

    /// <summary>
    /// BBR.extra_acked: how many more bytes ACKs delivered than the rate predicts, because they arrive in bursts.
    /// </summary>
    private void UpdateAckAggregation()
    {
        var expected = (long)(Bw * (_now - _extraAckedIntervalStart).TotalSeconds);
        if (_extraAckedDelivered <= expected)
        {
            _extraAckedDelivered = 0;
            _extraAckedIntervalStart = _now;
            expected = 0;
        }

        _extraAckedDelivered += _rsNewlyAcked;
        _extraAcked.Update(
            Math.Min(_extraAckedDelivered - expected, Window),
            _roundCount,
            _fullBwReached ? ExtraAckedFilterLength : 1);
    }

    /// <summary>
    /// Handles newly lost bytes. During a probe, too high a loss rate means that inflight is too high. The inflight is
    /// that of the latest delivered segment, since the sample does not have that of the lost one.
    /// </summary>
    private void UpdateOnLoss()
    {
        if (_rsNewlyLost == 0)
            return;
        if (!_isLossInRound)
            _lossRoundDelivered = _rs.TotalDelivered;
        _isLossInRound = true;
        if (_isBwProbeSample && IsInflightTooHigh())
            HandleInflightTooHigh();
    }

    private bool IsInflightTooHigh() => _rs.TotalLost - _rs.PriorLost > LossThresh * _rs.InFlightAtSend;

    private void HandleInflightTooHigh()
    {
        _prevProbeTooHigh = true;
        // Once per probe.
        _isBwProbeSample = false;
        if (!_rs.IsApplicationLimited)
            _inflightLongterm = Math.Max(_rs.InFlightAtSend, (long)(TargetInflight() * Beta));
        if (State != BbrState.ProbeUp)
            return;
        _undoState = BbrState.ProbeUp;
        StartProbeDown();
    }

    private void UpdateLatestDeliverySignals()
    {
        _bwLatest = Math.Max(_bwLatest, _rsRate);
        _inflightLatest = Math.Max(_inflightLatest, _rs.Delivered);
        _lossRoundStart = _rs.PriorDelivered >= _lossRoundDelivered;
        if (_lossRoundStart)
            _lossRoundDelivered = _rs.TotalDelivered;
    }

    private void AdvanceLatestDeliverySignals()
    {
        if (_lossRoundStart)
            (_bwLatest, _inflightLatest) = (_rsRate, _rs.Delivered);
    }

    private void ResetCongestionSignals() => (_isLossInRound, _bwLatest, _inflightLatest) = (false, 0, 0);

    private void UpdateCongestionSignals()
    {
        UpdateMaxBw();
        if (!_lossRoundStart)
            return;
        if (_isLossInRound && !IsProbingBw)
            LowerShortTermModel();
        _isLossInRound = false;
    }

    /// <summary>
    /// Once in a round trip with losses: reduces the short-term bounds towards what was delivered in it, by 30 % at
    /// most.
    /// </summary>
    private void LowerShortTermModel()
    {
        if (double.IsPositiveInfinity(_bwShortterm))
            _bwShortterm = _maxBw;
        if (_inflightShortterm == Unbounded)
            _inflightShortterm = Window;
        _bwShortterm = Math.Max(_bwLatest, Beta * _bwShortterm);
        _inflightShortterm = Math.Max(_inflightLatest, (long)(Beta * _inflightShortterm));
    }

    private void ResetShortTermModel() => (_bwShortterm, _inflightShortterm) = (double.PositiveInfinity, Unbounded);
}

/// <summary>
/// A windowed maximum filter after Kathleen Nichols. It keeps the best, second best and third best sample with their
/// times, so that another is available when one expires. The time is any counter, such as round trips.
/// </summary>
internal struct WindowedMax
{
    private Sample _best;
    private Sample _second;
    private Sample _third;

    public readonly long Value => _best.Value;

    public void Update(long value, long time, long window)
    {
        var sample = new Sample(value, time);
        if (value >= _best.Value || time - _third.Time > window)
        {
            _best = _second = _third = sample;
            return;
        }

        if (value >= _second.Value)
            _second = _third = sample;
        else if (value >= _third.Value)
            _third = sample;
        Age(sample, window);
    }

    private void Age(Sample sample, long window)
    {
        var age = sample.Time - _best.Time;
        if (age > window)
        {
            (_best, _second, _third) = (_second, _third, sample);
            if (sample.Time - _best.Time > window)
                (_best, _second) = (_second, _third);
        }
        else if (_second.Time == _best.Time && age > window / 4)
        {
            // A quarter of the window has passed without a second best.
            _second = _third = sample;
        }
        else if (_third.Time == _second.Time && age > window / 2)
        {
            _third = sample;
        }
    }

    private readonly record struct Sample(long Value, long Time);
}
