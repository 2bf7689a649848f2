namespace UserTcp.Impairment;

/// <summary>
/// The rate of one direction of a link, and the queue before it. All queues of a device share it, each with a thread of its own. Knows no
/// clock: time is an argument.
/// </summary>
internal sealed class Bottleneck(LinkImpairment impairment)
{
    private readonly Lock _gate = new();
    private readonly Queue<long> _departures = new();
    private long _busyUntil;

    /// <summary>
    /// When the last bit of a packet is sent, and whether it finds so many before it that it is to be marked; false when the queue is full.
    /// </summary>
    public bool TryDepart(int length, long rate, long now, out long departure, out bool isMarked)
    {
        lock (_gate)
        {
            departure = now;
            isMarked = false;
            while (_departures.TryPeek(out var gone) && gone <= now)
                _departures.Dequeue();
            if (_departures.Count >= impairment.Queue)
                return false;
            isMarked = _departures.Count >= impairment.Ecn;
            _busyUntil = departure = Math.Max(now, _busyUntil) + Math.Max(length * 8L * TimeSpan.TicksPerSecond / rate, 1);
            _departures.Enqueue(departure);
            return true;
        }
    }
}
