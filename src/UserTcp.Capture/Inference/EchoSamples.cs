using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Inference;

/// <summary>
/// The times between pure ACKs of an end and the data that they release, known by the timestamp that the data echoes
/// (RFC 7323 section 3). So a transfer in one direction has samples of both parts of its round trip. Bounded: the
/// oldest ACKs are forgotten.
/// </summary>
internal sealed class EchoSamples
{
    private const int Capacity = 64;

    private readonly Queue<(uint Stamp, MonotonicTime Time)> _acks = new();
    private uint? _last;

    /// <summary>A pure ACK passes. Of several with one TSval the first one counts.</summary>
    public void OnAck(uint stamp, MonotonicTime time)
    {
        if (stamp == _last)
            return;
        _last = stamp;
        if (_acks.Count == Capacity)
            _acks.Dequeue();
        _acks.Enqueue((stamp, time));
    }

    /// <summary>
    /// Data passes that echoes this TSecr. Returns the time since the ACK of that TSval, once; null when there is none.
    /// </summary>
    public TimeSpan? Measure(uint echo, MonotonicTime time)
    {
        while (_acks.TryPeek(out var ack) && unchecked((int)(ack.Stamp - echo)) <= 0)
        {
            _acks.Dequeue();
            if (ack.Stamp == echo)
                return time - ack.Time;
        }

        return null;
    }

    /// <summary>The peer has nothing in flight: its next data is not released by an ACK.</summary>
    public void Clear() => _acks.Clear();
}
