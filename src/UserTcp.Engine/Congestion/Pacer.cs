using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// Spreads what the window allows over the round trip: a bucket that fills at the pacing rate, and is paid from by all text that is sent,
/// new or again. It holds what may go out in one burst. It may be overdrawn by one piece, and when that happens, sending goes on once
/// there is a quantum in it: what the rate brings in a millisecond, so that a timer lets out several segments, in one frame if the link
/// cuts them.
/// </summary>
internal struct Pacer
{
    // Within so short a round trip a whole window is within the burst that is allowed, so there is nothing to spread.
    private const long Horizon = TimeSpan.TicksPerMillisecond;
    private const int QuantaPerSecond = (int)(TimeSpan.TicksPerSecond / Horizon);
    private const int MinQuantumSegments = 2;

    private double _octetsPerTick;
    private double _octets;
    private MonotonicTime _filledAt;
    private int _depth;
    private int _quantum;

    /// <summary>There is a rate, and a round trip that is worth it.</summary>
    public readonly bool IsPacing => _octetsPerTick > 0;

    /// <summary>Octets that should at most go out in one piece, in whole segments.</summary>
    public readonly int Quantum => IsPacing ? _quantum : int.MaxValue;

    /// <summary>The rate from now on, octets a second; 0 does not pace.</summary>
    public void SetRate(long rate, TimeSpan smoothedRtt, int smss, MonotonicTime now)
    {
        if (rate == 0 || smoothedRtt.Ticks <= Horizon)
        {
            _octetsPerTick = 0;
            return;
        }

        var octets = (int)Math.Min(rate / QuantaPerSecond, int.MaxValue);
        _quantum = Math.Max(octets - (octets % smss), MinQuantumSegments * smss);
        _depth = Math.Max(octets, InitialWindow.Segments * smss);
        if (IsPacing)
            Fill(now);
        else
            (_octets, _filledAt) = (_depth, now);
        _octetsPerTick = (double)rate / TimeSpan.TicksPerSecond;
    }

    /// <summary>The bucket is not empty.</summary>
    public bool MaySend(MonotonicTime now)
    {
        if (!IsPacing)
            return true;
        Fill(now);
        return _octets > 0;
    }

    /// <summary>
    /// Text has gone out. What is never held back may overdraw the bucket again and again, of a peer that acknowledges octet by octet for
    /// example: the debt is that of one burst at most, or nothing else would go out for as long as it likes.
    /// </summary>
    public void OnSent(int octets)
    {
        if (IsPacing)
            _octets = Math.Max(_octets - octets, -_depth);
    }

    /// <summary>When there is a quantum in the bucket, after it has been found empty.</summary>
    public readonly MonotonicTime NextSend() => _filledAt + TimeSpan.FromTicks((long)Math.Ceiling((_quantum - _octets) / _octetsPerTick));

    private void Fill(MonotonicTime now)
    {
        if (now <= _filledAt)
            return;
        _octets = Math.Min(_octets + ((now - _filledAt).Ticks * _octetsPerTick), _depth);
        _filledAt = now;
    }
}

/// <summary>
/// How fast to send for a congestion control that thinks in windows. No RFC says; these are Linux's numbers: twice as fast as the window
/// goes around while it doubles with each round trip, else a little faster, so that pacing is never what limits.
/// </summary>
internal static class WindowPacing
{
    private const double SlowStartGain = 2.0;
    private const double AvoidanceGain = 1.2;

    /// <summary>Octets a second; 0 before the first measurement of the round trip.</summary>
    public static long Rate(long window, bool isInSlowStart, TimeSpan smoothedRtt) => smoothedRtt > TimeSpan.Zero
        ? (long)(window * (isInSlowStart ? SlowStartGain : AvoidanceGain) * TimeSpan.TicksPerSecond / smoothedRtt.Ticks)
        : 0;
}
