using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// Auto-tuning of the receive buffer ("dynamic right-sizing"; Linux: tcp_rcv_space_adjust; no RFC): the buffer grows to
/// twice what the application consumes in a round trip, so that the window does not limit the peer. A connection has
/// one from its first bulk data until its buffer has reached the max size.
/// </summary>
internal sealed class ReceiveTuning
{
    // The usual gain of SRTT (RFC 6298 section 2); the exact value does not matter.
    private const int Gain = 8;

    // Room for the segments that arrive while an ACK is in flight, as in Linux.
    private const int SpareSegments = 16;

    // 10 Gbit/s: a window for this rate does not limit a peer. On a link within one machine a larger window would only
    // lengthen the queue beyond the CPU's caches.
    private const double EnoughBytesPerSecond = 1.25e9;

    // Timestamps are in milliseconds. A shorter round trip is measured by windows instead.
    private static readonly TimeSpan MinEcho = TimeSpan.FromMilliseconds(2);

    private TimeSpan _roundTrip;
    private SeqNum _windowEnd;
    private MonotonicTime _windowSince;
    private SeqNum _consumed;
    private MonotonicTime _consumedSince;
    private long _lastConsumed;

    /// <param name="rcv">The receive sequence variables.</param>
    /// <param name="roundTrip">The round-trip time; zero when it is not known.</param>
    /// <param name="now">The time.</param>
    public ReceiveTuning(in ReceiveSequence rcv, TimeSpan roundTrip, MonotonicTime now)
    {
        _roundTrip = roundTrip;
        (_windowEnd, _windowSince) = (rcv.Edge, now);
        (_consumed, _consumedSince) = (rcv.Nxt - rcv.Held, now);
        _lastConsumed = rcv.Buffer / 2;
    }

    /// <summary>
    /// Data has arrived: measures the round trip. <paramref name="echoed"/> is the RTT by TSecr, or null. Without it,
    /// the time in which the peer fills a whole window is at least a round trip, and the min of these times is close to
    /// one.
    /// </summary>
    public void OnData(in ReceiveSequence rcv, TimeSpan? echoed, MonotonicTime now)
    {
        if (echoed is { } sample && sample >= MinEcho)
        {
            _roundTrip = _roundTrip == TimeSpan.Zero ? sample : _roundTrip + ((sample - _roundTrip) / Gain);
        }
        else if (rcv.Nxt >= _windowEnd)
        {
            var min = now - _windowSince;
            if (_roundTrip == TimeSpan.Zero || min < _roundTrip)
                _roundTrip = min;
            (_windowEnd, _windowSince) = (rcv.Edge, now);
        }
    }

    /// <summary>
    /// The application has consumed data. Returns the new size of the buffer in bytes, between its current size and
    /// <paramref name="max"/>. The size anticipates slow start: a peer that doubles cwnd sends twice as much in the
    /// next round trip.
    /// </summary>
    public int OnConsumed(in ReceiveSequence rcv, int mss, int max, MonotonicTime now)
    {
        var span = now - _consumedSince;
        if (_roundTrip <= TimeSpan.Zero || span < _roundTrip)
            return rcv.Buffer;
        var consumed = (long)((rcv.Nxt - rcv.Held - _consumed) * (_roundTrip / span));
        var wanted = 0L;
        if (consumed > _lastConsumed)
        {
            var growth = Math.Min(2L * (consumed - _lastConsumed), consumed);
            wanted = (2 * (consumed + growth)) + (SpareSegments * mss);
            wanted = Math.Min(wanted, (long)(_roundTrip.TotalSeconds * EnoughBytesPerSecond));
            _lastConsumed = consumed;
        }

        (_consumed, _consumedSince) = (rcv.Nxt - rcv.Held, now);
        return (int)Math.Clamp(wanted, rcv.Buffer, max);
    }
}
