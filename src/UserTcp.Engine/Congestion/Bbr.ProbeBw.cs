using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>The cycle of ProbeBW: DOWN, CRUISE, REFILL, UP (draft-ietf-ccwg-bbr, section 5.3.3).</summary>
internal sealed partial class Bbr
{
    private const double DownPacingGain = 0.90;
    private const double UpPacingGain = 1.25;
    private const double UpCwndGain = 2.25;
    private const double Headroom = 0.15;
    private const int MaxProbeUpRounds = 30;

    // Reno would have lost something by then, so it is no less fair to probe.
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

    /// <summary>What the ACKs that come in say about probing.</summary>
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
            case BbrState.ProbeDown when IsTimeToProbeBw() || IsTimeToCruise():
                break;
            case BbrState.ProbeCruise when IsTimeToProbeBw():
                break;
            case BbrState.ProbeRefill when _roundStart:
                StartProbeUp();
                break;
            case BbrState.ProbeUp when IsTimeToGoDown():
                _prevProbeTooHigh = false;
                StartProbeDown();
                break;
        }
    }

    /// <summary>The queue is gone, and there is room for others.</summary>
    private bool IsTimeToCruise()
    {
        if (_inFlight > InflightWithHeadroom() || _inFlight > Inflight(_maxBw, 1))
            return false;
        StartProbeCruise();
        return true;
    }

    private bool IsTimeToProbeBw()
    {
        var renoRounds = Math.Min(TargetInflight() / _smss, MaxRenoRounds);
        if (_now <= _cycleStamp + _bwProbeWait && _roundsSinceProbeUp < renoRounds)
            return false;
        StartProbeRefill();
        return true;
    }

    private bool IsTimeToGoDown()
    {
        // After a probe that went too high, the next goes no higher than what is known to be safe, and not for a whole round trip.
        if (_prevProbeTooHigh && _inFlight >= _inflightLongterm)
        {
            _prevProbePrecautionary = true;
            return true;
        }

        if (!_isWindowLimited || Window < _inflightLongterm)
            return _fullBwNow;
        ResetFullBw(_rsRate);
        return false;
    }

    private void PickProbeWait()
    {
        _roundsSinceProbeUp = (long)(NextRandom() & 1);
        _bwProbeWait = MinProbeWait + TimeSpan.FromTicks((long)(NextRandom() % TimeSpan.TicksPerSecond));
    }

    // SplitMix64.
    private ulong NextRandom()
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

    /// <summary>What others, and bursts, shall find free.</summary>
    private long InflightWithHeadroom()
    {
        if (_inflightLongterm == Unbounded)
            return Unbounded;
        var headroom = Math.Max(_smss, (long)(Headroom * _inflightLongterm));
        return Math.Max(_inflightLongterm - headroom, MinPipeWindow);
    }

    /// <summary>In a probe, inflight_longterm grows by 1, 2, 4, ... segments in each round trip.</summary>
    private void RaiseInflightLongtermSlope()
    {
        _probeUpAckedPerIncrement = Math.Max(Window >> _bwProbeUpRounds, _smss);
        _bwProbeUpRounds = Math.Min(_bwProbeUpRounds + 1, MaxProbeUpRounds);
    }

    private void ProbeInflightLongtermUpward()
    {
        // What is not fully used has not been tested.
        if (!_isWindowLimited || Window < _inflightLongterm)
            return;
        _bwProbeUpAcked += _rsNewlyAcked;
        var increments = _bwProbeUpAcked / _probeUpAckedPerIncrement;
        _bwProbeUpAcked -= increments * _probeUpAckedPerIncrement;
        _inflightLongterm += increments * _smss;
        if (_roundStart)
            RaiseInflightLongtermSlope();
    }

    /// <summary>Follows what the ACKs say of a probe. True when that has decided on the next state.</summary>
    private bool AdaptLongTermModel()
    {
        if (_ackPhase == AckPhase.ProbeStarting && _roundStart)
            _ackPhase = AckPhase.ProbeFeedback;
        if (_ackPhase == AckPhase.ProbeStopping && _roundStart)
        {
            // The last of what was sent in the probe has been heard of.
            _isBwProbeSample = false;
            _ackPhase = AckPhase.Init;
            if (IsInProbeBw && !_rs.IsApplicationLimited)
                AdvanceMaxBwFilter();
            // A cautious probe that met no trouble is followed by a whole one.
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
}
