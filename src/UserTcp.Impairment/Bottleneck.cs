namespace UserTcp.Impairment;

/// <summary>
/// The rate of one direction of a link and the queue before it. All queues of a device share one bottleneck, each from
/// its own thread. Time is an argument.
/// </summary>
internal sealed class Bottleneck(LinkImpairment impairment)
{
    private readonly Lock _gate = new();
    private readonly Queue<long> _departures = new();
    private long _busyUntil;

    /// <summary>Adds a packet to the queue and computes when its last bit leaves.</summary>
    /// <param name="length">The packet's length in bytes.</param>
    /// <param name="rate">The rate in bits per second.</param>
    /// <param name="now">The current time in ticks.</param>
    /// <param name="departure">The time in ticks at which the last bit leaves.</param>
    /// <param name="isCongested">True when the queue is so long that the packet is a candidate for CE.</param>
    /// <returns>False when the queue is full.</returns>
    public bool TryDepart(int length, long rate, long now, out long departure, out bool isCongested)
    {
        lock (_gate)
        {
            departure = now;
            isCongested = false;
            while (_departures.TryPeek(out var earliest) && earliest <= now)
                _departures.Dequeue();
            if (_departures.Count >= impairment.Queue)
                return false;
            isCongested = _departures.Count >= impairment.Ecn;
            _busyUntil = departure = Math.Max(now, _busyUntil)
                + Math.Max(length * 8L * TimeSpan.TicksPerSecond / rate, 1);
            _departures.Enqueue(departure);
            return true;
        }
    }
}
