namespace UserTcp.Engine.Contract;

/// <summary>
/// A token bucket that spreads the congestion window over the round trip. It fills at the pacing rate, and every data
/// segment drains it, retransmissions included. Its depth is the burst that may go out at once. One piece may overdraw
/// it. Sending then resumes once it holds a quantum: what the rate brings in 1 ms, so that each timer releases several
/// segments, in one frame if the link segments.
/// </summary>
internal struct Pacer
{
    // Within a round trip this short a whole window fits into the allowed burst: there is nothing to spread.
    private const long Horizon = TimeSpan.TicksPerMillisecond;
    private const int QuantaPerSecond = (int)(TimeSpan.TicksPerSecond / Horizon);
    private const int MinQuantumSegments = 2;

    private double _bytesPerTick;

    // The credit in bytes at _filledAt; negative when overdrawn.
    private double _credit;
    private MonotonicTime _filledAt;
    private int _depth;
    private int _quantum;

    /// <summary>True when there is a pacing rate and the round trip is longer than 1 ms.</summary>
    public readonly bool IsPacing => _bytesPerTick > 0;

    /// <summary>The largest piece to send at once, in bytes: whole segments, two or more.</summary>
    public readonly int Quantum => IsPacing ? _quantum : int.MaxValue;

    /// <summary>
    /// Sets the pacing rate in bytes a second; 0 switches pacing off. The credit is kept. The lowest rate is one SMSS a
    /// second: an RTT measured across a pause of the process can be hours, and pacing by it would stall the connection.
    /// At that rate a wait is 2 s for a quantum, and up to 12 s after an overdraft. Linux's fq delays no packet by more
    /// than a second.
    /// </summary>
    public void SetRate(long rate, TimeSpan smoothedRtt, int smss, MonotonicTime now)
    {
        if (rate == 0 || smoothedRtt.Ticks <= Horizon)
        {
            _bytesPerTick = 0;
            return;
        }

        rate = Math.Max(rate, smss);
        var bytes = (int)Math.Min(rate / QuantaPerSecond, int.MaxValue);
        _quantum = Math.Max(bytes - (bytes % smss), MinQuantumSegments * smss);
        _depth = Math.Max(bytes, InitialWindow.Segments * smss);
        if (IsPacing)
            Fill(now);
        else
            (_credit, _filledAt) = (_depth, now);
        _bytesPerTick = (double)rate / TimeSpan.TicksPerSecond;
    }

    /// <summary>True when the bucket holds credit, or nothing is paced.</summary>
    public readonly bool MaySend(MonotonicTime now) => !IsPacing || CreditAt(now) > 0;

    /// <summary>
    /// Drains the bucket for a data segment that was sent. Segments that do not wait for the pacer may overdraw it
    /// repeatedly, for example when a peer acknowledges byte by byte. The debt is capped at one burst, so that it
    /// cannot stop other data for long.
    /// </summary>
    public void OnSent(int bytes, MonotonicTime now)
    {
        if (!IsPacing)
            return;
        Fill(now);
        _credit = Math.Max(_credit - bytes, -_depth);
    }

    /// <summary>When an empty bucket will hold a quantum.</summary>
    public readonly MonotonicTime NextSend() =>
        _filledAt + TimeSpan.FromTicks((long)Math.Ceiling((_quantum - _credit) / _bytesPerTick));

    private readonly double CreditAt(MonotonicTime now) =>
        now <= _filledAt ? _credit : Math.Min(_credit + ((now - _filledAt).Ticks * _bytesPerTick), _depth);

    private void Fill(MonotonicTime now)
    {
        _credit = CreditAt(now);
        if (now > _filledAt)
            _filledAt = now;
    }
}

/// <summary>
/// The pacing rate of a window-based congestion control. No RFC defines one; these are Linux's gains: 2 * cwnd / SRTT
/// in slow start, 1.2 * cwnd / SRTT after it, so that pacing is never the limit.
/// </summary>
internal static class WindowPacing
{
    private const double SlowStartGain = 2.0;
    private const double AvoidanceGain = 1.2;

    /// <summary>
    /// Bytes a second: 0, which does not pace, before the first RTT measurement, and 1 or more after it.
    /// </summary>
    public static long Rate(long cwnd, bool isInSlowStart, TimeSpan smoothedRtt)
    {
        if (smoothedRtt <= TimeSpan.Zero)
            return 0;
        var gain = isInSlowStart ? SlowStartGain : AvoidanceGain;
        return Math.Max((long)(cwnd * gain * TimeSpan.TicksPerSecond / smoothedRtt.Ticks), 1);
    }
}
