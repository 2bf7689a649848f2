using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// HyStart++ (RFC 9406 section 4): an RTT increase from one round to the next means that a queue builds up. Growth then
/// slows down for some rounds (conservative slow start, CSS). If the RTT falls again the increase was jitter; otherwise
/// slow start ends.
/// </summary>
internal struct HyStart
{
    // The constants of RFC 9406 section 4.3.
    private const long MinRttThresh = 4 * TimeSpan.TicksPerMillisecond;
    private const long MaxRttThresh = 16 * TimeSpan.TicksPerMillisecond;
    private const int MinRttDivisor = 8;
    private const int RttSamples = 8;
    private const int CssGrowthDivisor = 4;
    private const int CssRounds = 5;

    private const long Unknown = long.MaxValue;

    private long _lastRoundMinRtt;
    private long _currentRoundMinRtt;
    private long _cssBaselineMinRtt;
    private SeqNum _windowEnd;
    private byte _samples;
    private byte _cssRoundsDone;
    private bool _isStarted;

    /// <summary>True in conservative slow start (CSS).</summary>
    public bool IsConservative { get; private set; }

    /// <summary>Divides the growth of cwnd: CSS_GROWTH_DIVISOR in CSS, else 1.</summary>
    public readonly int Divisor => IsConservative ? CssGrowthDivisor : 1;

    /// <summary>Handles an ACK in slow start; returns true when slow start ends.</summary>
    public bool OnAcknowledged(in AckSample ack)
    {
        if (!_isStarted)
        {
            _isStarted = true;
            _currentRoundMinRtt = Unknown;
            BeginRound(ack.Nxt);
        }

        if (ack.RoundTrip is { } rtt)
            Measure(rtt.Ticks);
        // Compared within SND.UNA..SND.NXT: without calls while cwnd is unused, an old windowEnd may have wrapped and
        // seem ahead.
        if (SeqRange.Between(ack.Una, ack.Nxt).ContainsEnd(_windowEnd))
            return false;
        // The partial round in which CSS began counts.
        if (IsConservative && ++_cssRoundsDone >= CssRounds)
            return true;
        BeginRound(ack.Nxt);
        return false;
    }

    private void BeginRound(SeqNum nxt)
    {
        _lastRoundMinRtt = _currentRoundMinRtt;
        _currentRoundMinRtt = Unknown;
        _samples = 0;
        _windowEnd = nxt;
    }

    private void Measure(long rtt)
    {
        _currentRoundMinRtt = Math.Min(_currentRoundMinRtt, rtt);
        if (_samples < RttSamples)
            _samples++;
        if (_samples < RttSamples)
            return;
        if (IsConservative)
        {
            // A lower RTT: the increase was jitter.
            IsConservative = _currentRoundMinRtt >= _cssBaselineMinRtt;
            return;
        }

        if (_lastRoundMinRtt == Unknown)
            return;
        var thresh = Math.Clamp(_lastRoundMinRtt / MinRttDivisor, MinRttThresh, MaxRttThresh);
        if (_currentRoundMinRtt < _lastRoundMinRtt + thresh)
            return;
        IsConservative = true;
        _cssBaselineMinRtt = _currentRoundMinRtt;
        _cssRoundsDone = 0;
    }
}
