namespace UserTcp.Engine.Congestion;

/// <summary>Startup and Drain (draft-ietf-ccwg-bbr, sections 5.3.1 and 5.3.2).</summary>
internal sealed partial class Bbr
{
    // 4 ln 2: the least with which the rate doubles in each round trip.
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

    /// <summary>The path is full when for three round trips more was sent and not much more arrived.</summary>
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

    /// <summary>Or when for a round trip of recovery more is lost than is tolerable, and not in one burst.</summary>
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
}
