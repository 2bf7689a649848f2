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
