using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Inference;

/// <summary>A segment with data, SYN or FIN that passed the capture point.</summary>
/// <param name="Start">The offset of its first sequence number.</param>
/// <param name="End">The offset after its last one.</param>
/// <param name="Time">When it passed.</param>
/// <param name="Frame">Its frame.</param>
/// <param name="IsAgain">It retransmits.</param>
/// <param name="Stamp">TSval; null without timestamps.</param>
internal readonly record struct Transmission(
    long Start, long End, MonotonicTime Time, long Frame, bool IsAgain, uint? Stamp);

/// <summary>The last transmissions of an end, in their order. Bounded: the oldest are forgotten.</summary>
internal sealed class Transmissions
{
    private const int Capacity = 2048;

    // Grows up to the capacity: most conversations have few segments.
    private Transmission[] _ring = new Transmission[16];
    private long _count;
    private long _oldestUnmeasured;

    /// <summary>Records one.</summary>
    public void Add(in Transmission transmission)
    {
        if (_count == _ring.Length && _count < Capacity)
            Array.Resize(ref _ring, _ring.Length * 2);
        _ring[_count % _ring.Length] = transmission;
        _count++;
        _oldestUnmeasured = Math.Max(_oldestUnmeasured, _count - Capacity);
    }

    /// <summary>The last transmission of an offset; null when there is none, or it is forgotten.</summary>
    public Transmission? FindLast(long offset)
    {
        for (var i = _count - 1; i >= Math.Max(0, _count - Capacity); i--)
        {
            ref readonly var found = ref _ring[i % _ring.Length];
            if (found.Start <= offset && offset < found.End)
                return found;
        }

        return null;
    }

    /// <summary>The first transmission above an offset; null when there is none, or it is forgotten.</summary>
    public Transmission? FindFirstAbove(long offset)
    {
        for (var i = Math.Max(0, _count - Capacity); i < _count; i++)
        {
            ref readonly var found = ref _ring[i % _ring.Length];
            if (found.Start > offset)
                return found;
        }

        return null;
    }

    /// <summary>The last retransmission that overlaps a range; null when there is none, or it is forgotten.</summary>
    public Transmission? FindLastAgain(long start, long end)
    {
        for (var i = _count - 1; i >= Math.Max(0, _count - Capacity); i--)
        {
            ref readonly var found = ref _ring[i % _ring.Length];
            if (found.IsAgain && found.Start < end && start < found.End)
                return found;
        }

        return null;
    }

    /// <summary>
    /// The time of the newest transmission that an ACK acknowledges for the first time; null when it was a
    /// retransmission, whose ACK is ambiguous (Karn's algorithm, RFC 6298 section 3).
    /// </summary>
    public MonotonicTime? Measure(long ack)
    {
        MonotonicTime? sent = null;
        while (_oldestUnmeasured < _count && _ring[_oldestUnmeasured % _ring.Length] is var next && next.End <= ack)
        {
            sent = next.IsAgain ? null : next.Time;
            _oldestUnmeasured++;
        }

        return sent is null || FindLast(ack - 1) is { IsAgain: true } ? null : sent;
    }
}
