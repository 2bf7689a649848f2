namespace UserTcp.Engine.Buffers;

/// <summary>
/// What the text of all connections takes: blocks in their send, receive and out-of-order queues, and octets that users have taken and
/// not consumed. It only counts; docs/decisions/0020 says what is done about it.
/// </summary>
internal sealed class MemoryAccount(long limit)
{
    // As Linux sets tcp_mem: pressure begins at three quarters.
    private readonly long _pressure = limit / 4 * 3;

    /// <summary>Octets held.</summary>
    public long Held { get; private set; }

    public bool IsUnderPressure => Held >= _pressure;

    public bool IsExhausted => Held >= limit;

    /// <summary>Takes note of what a connection holds now; <paramref name="counted"/> is what was counted for it before.</summary>
    public void Update(ref long counted, long held)
    {
        Held += held - counted;
        counted = held;
    }
}
