using System.Diagnostics;

namespace UserTcp.Connections;

/// <summary>The rest of a timeout, for waits that may wake up early.</summary>
internal static class Deadline
{
    /// <summary>
    /// What is left of a timeout that began at a <see cref="Stopwatch"/> timestamp, both in milliseconds; infinite
    /// stays infinite.
    /// </summary>
    public static int Remaining(
        long startedTimestamp, int millisecondsTimeout) => millisecondsTimeout == Timeout.Infinite
            ? Timeout.Infinite
            : Math.Max(0, millisecondsTimeout - (int)Stopwatch.GetElapsedTime(startedTimestamp).TotalMilliseconds);
}
