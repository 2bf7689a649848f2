using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// Counts the memory for the data of all connections: blocks in their send, receive and reassembly queues, and bytes
/// that applications hold and have not consumed. An engine that shares its memory limit gets the total once a turn
/// (<see cref="Share"/>), and adds its own changes between two reports. It only counts; docs/decisions/0036 has what
/// follows from it.
/// </summary>
internal sealed class MemoryAccount(long limit)
{
    private long _limit = limit;
    private long _elsewhere;
    private bool _isUnderPressure;

    /// <summary>Bytes held by this engine's connections.</summary>
    public long Held { get; private set; }

    /// <summary>Bytes that count against the limit: <see cref="Held"/>, and those of others that share it.</summary>
    public long Used => Held + _elsewhere;

    /// <summary>The limit in bytes.</summary>
    public long Limit => _limit;

    /// <summary>
    /// At the limit connections are reset until this many bytes are used, so that the next segment does not reach it
    /// again.
    /// </summary>
    public long ReliefTarget => _limit - (_limit / 16);

    public bool IsUnderPressure => _isUnderPressure;

    public bool IsExhausted => Used >= _limit;

    /// <summary>How short memory is.</summary>
    public MemoryState State =>
        IsExhausted ? MemoryState.Limit : _isUnderPressure ? MemoryState.Pressure : MemoryState.Comfortable;

    /// <summary>Updates what a connection holds; <paramref name="counted"/> is its previous count.</summary>
    public void Update(ref long counted, long held)
    {
        // Share updates the pressure itself.
        if (held == counted)
            return;
        Held += held - counted;
        counted = held;
        UpdatePressure();
    }

    /// <summary>Reports the use of a shared limit: <paramref name="used"/> bytes, this engine's included.</summary>
    public void Share(long used, long limit)
    {
        _elsewhere = used - Held;
        _limit = limit;
        UpdatePressure();
    }

    // Linux: pressure begins at tcp_mem[1] and ends below tcp_mem[0].
    private void UpdatePressure() =>
        _isUnderPressure = MemoryThresholds.IsUnderPressure(Used, _limit, _isUnderPressure);
}

/// <summary>
/// The thresholds of <see cref="MemoryState"/>, as parts of the limit. The engine and its host use the same ones.
/// </summary>
public static class MemoryThresholds
{
    /// <summary>
    /// Bytes that a connection may queue for sending under pressure before its application waits: a few segments.
    /// </summary>
    public const int MinSendBuffer = BlockPool.StandardSize;

    /// <summary>
    /// True when memory is short: from three quarters of the limit on, until it falls below five eighths. The
    /// hysteresis keeps the state from changing with every segment.
    /// </summary>
    /// <param name="used">Bytes in use.</param>
    /// <param name="limit">The limit in bytes.</param>
    /// <param name="wasUnderPressure">The previous answer.</param>
    public static bool IsUnderPressure(long used, long limit, bool wasUnderPressure) =>
        used >= limit / 4 * 3 || (wasUnderPressure && used >= limit / 8 * 5);

    /// <summary>
    /// Bytes reserved beyond the limit: enough for a request, a response of some KB and the current frame, so that a
    /// new client is served while others hold the rest.
    /// </summary>
    public static long ReserveOf(long limit) => limit / 8;
}
