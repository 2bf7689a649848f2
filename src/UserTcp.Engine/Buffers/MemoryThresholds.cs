namespace UserTcp.Engine.Buffers;

/// <summary>Where the states of memory begin and end, as parts of the limit. The engine and its host go by the same.</summary>
public static class MemoryThresholds
{
    /// <summary>Bytes that a connection may have queued for sending under pressure before its user has to wait: a few segments.</summary>
    public const int MinSendBuffer = BlockPool.StandardSize;

    /// <summary>
    /// Whether memory is short: from three quarters of the limit on, until it is below five eighths again, so that the state does not
    /// change with every segment.
    /// </summary>
    /// <param name="used">Bytes in use.</param>
    /// <param name="limit">Bytes that may be used.</param>
    /// <param name="wasUnderPressure">What the answer was before.</param>
    public static bool IsUnderPressure(long used, long limit, bool wasUnderPressure) =>
        used >= limit / 4 * 3 || (wasUnderPressure && used >= limit / 8 * 5);

    /// <summary>
    /// Bytes beyond the limit: for a request, a response of some KB and the frame that is being read, so that a new client is served while
    /// others hold the rest.
    /// </summary>
    public static long ReserveOf(long limit) => limit / 8;
}
