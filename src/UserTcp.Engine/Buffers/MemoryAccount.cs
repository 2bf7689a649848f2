using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// What the data of all connections takes: blocks in their send, receive and out-of-order queues, and bytes that users have taken and not
/// consumed. An engine whose memory is a part of something larger is told, once a turn, what all of it takes
/// (<see cref="Share"/>); between two reports it adds its own changes. It only counts; docs/decisions/0036 says what is done about it.
/// </summary>
internal sealed class MemoryAccount(long limit)
{
    private long _limit = limit;
    private long _elsewhere;
    private bool _isPressed;

    /// <summary>Bytes held by this engine's connections.</summary>
    public long Held { get; private set; }

    /// <summary>Bytes that count against the limit: <see cref="Held"/>, and what was reported beyond it.</summary>
    public long Used => Held + _elsewhere;

    /// <summary>Bytes that may be used.</summary>
    public long Limit => _limit;

    /// <summary>Bytes down to which connections are reset once the limit is met, so that the next segment does not meet it again.</summary>
    public long ReliefTarget => _limit - (_limit / 16);

    public bool IsUnderPressure => _isPressed;

    public bool IsExhausted => Used >= _limit;

    /// <summary>How short memory is.</summary>
    public MemoryState State => IsExhausted ? MemoryState.Limit : _isPressed ? MemoryState.Pressure : MemoryState.Comfortable;

    /// <summary>Counts what a connection holds now; <paramref name="counted"/> is what was counted for it before.</summary>
    public void Update(ref long counted, long held)
    {
        Held += held - counted;
        counted = held;
        Press();
    }

    /// <summary>The limit is shared: <paramref name="used"/> bytes count against it now, this engine's included.</summary>
    public void Share(long used, long limit)
    {
        _elsewhere = used - Held;
        _limit = limit;
        Press();
    }

    // Linux: pressure begins at tcp_mem[1] and ends below tcp_mem[0].
    private void Press() => _isPressed = MemoryThresholds.IsUnderPressure(Used, _limit, _isPressed);
}

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
