namespace UserTcp.Engine.Congestion;

/// <summary>What follows from the model: the rate, the window, and the way back when a recovery was for nothing (draft-ietf-ccwg-bbr, section 5.6).</summary>
internal sealed partial class Bbr
{
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
