using UserTcp.Wire;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// How much of cwnd the sender has used: the maximum FlightSize over the last window of data. FlightSize at the arrival
/// of an ACK is too small, since earlier ACKs have reduced it.
/// </summary>
internal struct WindowUsage
{
    private int _maxFlightSize;
    private SeqNum _end;

    /// <summary>Records FlightSize after new data was sent.</summary>
    public void OnSent(SeqNum una, SeqNum nxt)
    {
        var flightSize = nxt - una;
        if (una < _end && flightSize <= _maxFlightSize)
            return;
        _maxFlightSize = flightSize;
        _end = nxt;
    }

    /// <summary>
    /// True when more than half of <paramref name="cwnd"/> was in flight. A window used less is not validated and does
    /// not grow (RFC 7661 section 4.3; the half is Linux's threshold).
    /// </summary>
    public readonly bool IsEnoughFor(long cwnd) => 2L * _maxFlightSize > cwnd;
}
