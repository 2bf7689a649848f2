using UserTcp.Wire;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// HyStart++ (RFC 9406 section 4): when the round trip of a round is longer than that of the one before, a queue builds up. Growth is
/// then slower for some rounds (conservative slow start); if the round trip falls again it was jitter, else slow start is over.
/// </summary>
internal struct HyStart
{
    // RFC 9406 section 4.3.
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

    /// <summary>Conservative slow start.</summary>
    public bool IsConservative { get; private set; }

    /// <summary>What growth is divided by.</summary>
    public readonly int Divisor => IsConservative ? CssGrowthDivisor : 1;

    /// <summary>An ACK in slow start. True when slow start is over.</summary>
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
        // Not beyond SND.NXT: while the window is not used nobody calls, and an end that was passed long ago seems to lie ahead.
        if (SeqRange.Between(ack.Una, ack.Nxt).ContainsEnd(_windowEnd))
            return false;
        // The round in which it became conservative counts, though it was only a part of one.
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
            // It was jitter.
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
