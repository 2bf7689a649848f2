using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>The states Startup, Drain, ProbeBW and ProbeRTT (draft-ietf-ccwg-bbr section 5.3).</summary>
internal sealed partial class Bbr
{
    // 4 ln 2: the minimum gain that doubles the rate in each round trip.
    private const double StartupPacingGain = 2.77;
    private const double DrainPacingGain = 0.5;
    private const double DefaultCwndGain = 2;
    private const double FullBwGrowth = 1.25;
    private const int FullBwRounds = 3;
    private const int StartupFullLossCount = 6;
    private const int DrainRounds = 3;

    private double _pacingGain;
    private double _cwndGain;
    private double _fullBw;
    private int _fullBwCount;
    private bool _fullBwNow;
    private bool _fullBwReached;
    private int _lossEventsInRound;
    private long _drainStartRound;

    private void EnterStartup()
    {
        State = BbrState.Startup;
        _pacingGain = StartupPacingGain;
        _cwndGain = DefaultCwndGain;
    }

    private void ResetFullBw(double baseline = 0)
    {
        _fullBw = baseline;
        _fullBwCount = 0;
        _fullBwNow = false;
    }

    /// <summary>
    /// The path is full when the rate grew by less than 25 % in three round trips, although more was sent.
    /// </summary>
    private void CheckFullBwReached()
    {
        if (_fullBwNow || !_roundStart || _rs.IsApplicationLimited || State == BbrState.ProbeRtt)
            return;
        if (_rsRate >= _fullBw * FullBwGrowth)
        {
            ResetFullBw(_rsRate);
            return;
        }

        _fullBwCount++;
        _fullBwNow = _fullBwCount >= FullBwRounds;
        _fullBwReached |= _fullBwNow;
    }

    private void CheckStartupDone()
    {
        CheckStartupHighLoss();
        if (State == BbrState.Startup && _fullBwReached)
            EnterDrain();
    }

    /// <summary>The path is also full when a round trip of recovery loses too much, in more than one burst.</summary>
    private void CheckStartupHighLoss()
    {
        if (_fullBwReached)
            return;
        if (_rsNewlyLost > 0)
            _lossEventsInRound++;
        if (!_lossRoundStart)
            return;
        if (_isInRecovery && _lossEventsInRound >= StartupFullLossCount && IsInflightTooHigh())
        {
            if (State == BbrState.Startup)
                _undoState = BbrState.Startup;
            _fullBwReached = true;
            _inflightLongterm = Math.Max(Bdp(_maxBw), _inflightLatest);
        }

        _lossEventsInRound = 0;
    }

    private void EnterDrain()
    {
        State = BbrState.Drain;
        _pacingGain = DrainPacingGain;
        _cwndGain = DefaultCwndGain;
        _drainStartRound = _roundCount;
    }

    private void CheckDrainDone()
    {
        if (State == BbrState.Drain && (_inFlight <= Inflight(Bw, 1) || _roundCount > _drainStartRound + DrainRounds))
            EnterProbeBw();
    }

    private const double DownPacingGain = 0.90;
    private const double UpPacingGain = 1.25;
    private const double UpCwndGain = 2.25;
    private const double Headroom = 0.15;
    private const int MaxProbeUpRounds = 30;

    // Reno would have seen a loss by then, so probing is as fair.
    private const int MaxRenoRounds = 63;

    private static readonly TimeSpan MinProbeWait = TimeSpan.FromSeconds(2);

    private ulong _random = seed;
    private AckPhase _ackPhase;
    private MonotonicTime _cycleStamp;
    private TimeSpan _bwProbeWait;
    private long _roundsSinceProbeUp;
    private long _bwProbeUpAcked;
    private long _probeUpAckedPerIncrement = Unbounded;
    private int _bwProbeUpRounds;
    private bool _isBwProbeSample;
    private bool _prevProbeTooHigh;
    private bool _prevProbePrecautionary;

    /// <summary>BBR.ack_phase: how the arriving ACKs relate to probing.</summary>
    private enum AckPhase : byte
    {
        Init,
        Refilling,
        ProbeStarting,
        ProbeFeedback,
        ProbeStopping,
    }

    private bool IsInProbeBw => State is >= BbrState.ProbeDown and <= BbrState.ProbeUp;

    private bool IsProbingBw => State is BbrState.Startup or BbrState.ProbeRefill or BbrState.ProbeUp;

    private void EnterProbeBw() => StartProbeDown();

    private void StartProbe(BbrState state, double pacingGain, double cwndGain = DefaultCwndGain) =>
        (State, _pacingGain, _cwndGain) = (state, pacingGain, cwndGain);

    private void StartProbeDown()
    {
        ResetCongestionSignals();
        _probeUpAckedPerIncrement = Unbounded;
        PickProbeWait();
        _cycleStamp = _now;
        _ackPhase = AckPhase.ProbeStopping;
        StartRound();
        StartProbe(BbrState.ProbeDown, DownPacingGain);
    }

    private void StartProbeCruise() => StartProbe(BbrState.ProbeCruise, 1);

    private void StartProbeRefill()
    {
        ResetShortTermModel();
        _bwProbeUpRounds = 0;
        _bwProbeUpAcked = 0;
        _prevProbePrecautionary = false;
        _ackPhase = AckPhase.Refilling;
        StartRound();
        StartProbe(BbrState.ProbeRefill, 1);
    }

    private void StartProbeUp()
    {
        _isBwProbeSample = true;
        _ackPhase = AckPhase.ProbeStarting;
        StartRound();
        ResetFullBw(_rsRate);
        StartProbe(BbrState.ProbeUp, UpPacingGain, UpCwndGain);
        RaiseInflightLongtermSlope();
    }

    private void UpdateProbeBwCyclePhase()
    {
        if (!_fullBwReached || AdaptLongTermModel())
            return;
        switch (State)
        {
            case BbrState.ProbeDown or BbrState.ProbeCruise when IsTimeToProbeBw():
                StartProbeRefill();
                break;
            case BbrState.ProbeDown when IsTimeToCruise():
                StartProbeCruise();
                break;
            case BbrState.ProbeRefill when _roundStart:
                StartProbeUp();
                break;
            case BbrState.ProbeUp:
                UpdateProbeUp();
                break;
        }
    }

    /// <summary>True when the queue has drained and leaves headroom for other flows.</summary>
    private bool IsTimeToCruise() => _inFlight <= InflightWithHeadroom() && _inFlight <= Inflight(_maxBw, 1);

    private bool IsTimeToProbeBw() =>
        _now > _cycleStamp + _bwProbeWait || _roundsSinceProbeUp >= Math.Min(TargetInflight() / Smss, MaxRenoRounds);

    /// <summary>Ends ProbeBW_UP when the probe has reached its bound or the full bandwidth.</summary>
    private void UpdateProbeUp()
    {
        // After a probe that was too high, the next one stops at inflight_longterm, before a whole round trip.
        if (_prevProbeTooHigh && _inFlight >= _inflightLongterm)
        {
            _prevProbePrecautionary = true;
            EndProbeUp();
        }
        else if (_isWindowLimited && Window >= _inflightLongterm)
        {
            ResetFullBw(_rsRate);
        }
        else if (_fullBwNow)
        {
            EndProbeUp();
        }
    }

    private void EndProbeUp()
    {
        _prevProbeTooHigh = false;
        StartProbeDown();
    }

    private void PickProbeWait()
    {
        _roundsSinceProbeUp = (long)(DrawRandom() & 1);
        _bwProbeWait = MinProbeWait + TimeSpan.FromTicks((long)(DrawRandom() % TimeSpan.TicksPerSecond));
    }

    // SplitMix64.
    private ulong DrawRandom()
    {
        unchecked
        {
            var mixed = _random += 0x9E37_79B9_7F4A_7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
            return mixed ^ (mixed >> 31);
        }
    }

    private long TargetInflight() => Math.Min(Bdp(Bw), Window);

    /// <summary>inflight_longterm less the headroom for other flows and bursts.</summary>
    private long InflightWithHeadroom()
    {
        if (_inflightLongterm == Unbounded)
            return Unbounded;
        var headroom = Math.Max(Smss, (long)(Headroom * _inflightLongterm));
        return Math.Max(_inflightLongterm - headroom, MinPipeWindow);
    }

    /// <summary>During a probe inflight_longterm grows by 1, 2, 4, ... segments per round trip.</summary>
    private void RaiseInflightLongtermSlope()
    {
        _probeUpAckedPerIncrement = Math.Max(Window >> _bwProbeUpRounds, Smss);
        _bwProbeUpRounds = Math.Min(_bwProbeUpRounds + 1, MaxProbeUpRounds);
    }

    private void ProbeInflightLongtermUpward()
    {
        // An unused bound has not been validated.
        if (!_isWindowLimited || Window < _inflightLongterm)
            return;
        _bwProbeUpAcked += _rsNewlyAcked;
        var increments = _bwProbeUpAcked / _probeUpAckedPerIncrement;
        _bwProbeUpAcked -= increments * _probeUpAckedPerIncrement;
        _inflightLongterm += increments * Smss;
        if (_roundStart)
            RaiseInflightLongtermSlope();
    }

    /// <summary>Adapts to the ACKs of a probe. True when it has changed the state.</summary>
    private bool AdaptLongTermModel()
    {
        if (_ackPhase == AckPhase.ProbeStarting && _roundStart)
            _ackPhase = AckPhase.ProbeFeedback;
        if (_ackPhase == AckPhase.ProbeStopping && _roundStart)
        {
            // The last segment of the probe is acknowledged or lost.
            _isBwProbeSample = false;
            _ackPhase = AckPhase.Init;
            if (IsInProbeBw && !_rs.IsApplicationLimited)
                AdvanceMaxBwFilter();
            // A precautionary probe without excessive loss is followed by a full one.
            if (IsInProbeBw && _prevProbePrecautionary && !_prevProbeTooHigh)
            {
                StartProbeRefill();
                return true;
            }
        }

        if (IsInflightTooHigh() || _inflightLongterm == Unbounded)
            return false;
        _inflightLongterm = Math.Max(_inflightLongterm, _rs.InFlightAtSend);
        if (State == BbrState.ProbeUp)
            ProbeInflightLongtermUpward();
        return false;
    }

    private const double ProbeRttCwndGain = 0.5;

    private static readonly TimeSpan MinRttFilterLength = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProbeRttInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbeRttDuration = TimeSpan.FromMilliseconds(200);

    private TimeSpan _minRtt = TimeSpan.MaxValue;
    private MonotonicTime _minRttStamp;
    private TimeSpan _probeRttMinDelay = TimeSpan.MaxValue;
    private MonotonicTime _probeRttMinStamp;
    private MonotonicTime? _probeRttDoneStamp;
    private bool _probeRttExpired;
    private bool _probeRttRoundDone;
    private bool _idleRestart;

    private long ProbeRttWindow => Math.Max((long)(ProbeRttCwndGain * Bdp(Bw)), MinPipeWindow);

    private void UpdateMinRtt()
    {
        _probeRttExpired = _now > _probeRttMinStamp + ProbeRttInterval;
        if (_rsRtt is { } rtt && (rtt < _probeRttMinDelay || _probeRttExpired))
            (_probeRttMinDelay, _probeRttMinStamp) = (rtt, _now);
        if (_probeRttMinDelay < _minRtt || _now > _minRttStamp + MinRttFilterLength)
            (_minRtt, _minRttStamp) = (_probeRttMinDelay, _probeRttMinStamp);
    }

    private void CheckProbeRtt()
    {
        if (State != BbrState.ProbeRtt && _probeRttExpired && !_idleRestart)
        {
            SaveWindow();
            (State, _pacingGain, _cwndGain) = (BbrState.ProbeRtt, 1, ProbeRttCwndGain);
            _probeRttDoneStamp = null;
            _ackPhase = AckPhase.ProbeStopping;
            StartRound();
        }

        if (State == BbrState.ProbeRtt)
            HandleProbeRtt();
        _idleRestart &= _rs.Delivered == 0;
    }

    /// <summary>With little in flight, waits for 200 ms and a round trip.</summary>
    private void HandleProbeRtt()
    {
        if (_probeRttDoneStamp is null)
        {
            if (_inFlight > ProbeRttWindow)
                return;
            _probeRttDoneStamp = _now + ProbeRttDuration;
            _probeRttRoundDone = false;
            StartRound();
            return;
        }

        _probeRttRoundDone |= _roundStart;
        if (_probeRttRoundDone)
            CheckProbeRttDone();
    }

    private void CheckProbeRttDone()
    {
        if (_probeRttDoneStamp is not { } done || _now <= done)
            return;
        _probeRttMinStamp = _now;
        RestoreWindow();
        // Losses with little in flight say nothing about the path.
        ResetShortTermModel();
        if (!_fullBwReached)
        {
            EnterStartup();
            return;
        }

        // Starts the wait for the next probe; the queue is already drained.
        StartProbeDown();
        StartProbeCruise();
    }

    private void HandleRestartFromIdle(MonotonicTime now)
    {
        _now = now;
        _idleRestart = true;
        _extraAckedIntervalStart = now;
        if (IsInProbeBw)
            SetPacingRate(gain: 1);
        else if (State == BbrState.ProbeRtt)
            CheckProbeRttDone();
    }
}
