using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// Finds out how large the receive buffer of a connection should be: twice what its user consumes in a round trip, so that the window is
/// never what holds the peer back ("dynamic right-sizing"; Linux: tcp_rcv_space_adjust). No RFC has it. A connection has one from its first
/// bulk on until its buffer is as large as it may be, so that an idle one takes no memory for it.
/// </summary>
internal sealed class ReceiveTuning
{
    // RFC 7323 appendix G's gain of SRTT; nothing hangs on it.
    private const int Gain = 8;

    // Room for the segments that come while an ACK is on its way, as Linux has it.
    private const int SpareSegments = 16;

    // 10 Gbit/s. A window that carries as much is not what holds a peer back, and on a link within a machine a larger one would only be
    // a longer queue, which the caches do not hold.
    private const double EnoughOctetsPerSecond = 1.25e9;

    // Timestamps are in milliseconds: of less than this they say nothing, and windows are timed.
    private static readonly TimeSpan MinEcho = TimeSpan.FromMilliseconds(2);

    private TimeSpan _roundTrip;
    private SeqNum _windowEnd;
    private MonotonicTime _windowSince;
    private SeqNum _consumed;
    private MonotonicTime _consumedSince;
    private long _lastConsumed;

    /// <param name="rcv">The receive variables.</param>
    /// <param name="roundTrip">The round trip as far as it is known; zero when it is not.</param>
    /// <param name="now">The time.</param>
    public ReceiveTuning(in ReceiveSequence rcv, TimeSpan roundTrip, MonotonicTime now)
    {
        _roundTrip = roundTrip;
        (_windowEnd, _windowSince) = (rcv.Edge, now);
        (_consumed, _consumedSince) = (rcv.Nxt - rcv.Held, now);
        _lastConsumed = rcv.Buffer / 2;
    }

    /// <summary>
    /// Text has come. A peer that has sent all of a window has heard of it first, so the time for a window is a round trip or more, and the
    /// least of them is near to it. <paramref name="echoed"/> is what timestamps tell, if they do, and says it more often.
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
    /// The user has consumed text; what counts is how much in a round trip. Octets that the buffer should have now, at most
    /// <paramref name="max"/>; never fewer than it has. Growth goes ahead of a peer whose own window doubles: what it sends in this round
    /// trip will be twice as much in the next.
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
            wanted = Math.Min(wanted, (long)(_roundTrip.TotalSeconds * EnoughOctetsPerSecond));
            _lastConsumed = consumed;
        }

        (_consumed, _consumedSince) = (rcv.Nxt - rcv.Held, now);
        return (int)Math.Clamp(wanted, rcv.Buffer, max);
    }
}
