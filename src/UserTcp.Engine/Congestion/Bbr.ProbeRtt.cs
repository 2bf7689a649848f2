using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>The shortest round trip, and ProbeRTT, which sees to it that there is one to be measured (draft-ietf-ccwg-bbr, sections 5.3.4 and 5.4).</summary>
internal sealed partial class Bbr
{
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
        // What was lost with little in flight says nothing of the path.
        ResetShortTermModel();
        if (!_fullBwReached)
        {
            EnterStartup();
            return;
        }

        // The wait for the next probe begins; the queue is gone already.
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
