namespace UserTcp.Engine.Congestion;

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
