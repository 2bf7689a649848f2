using UserTcp.Wire;

namespace UserTcp.Engine.Congestion;

/// <summary>The initial window, IW (RFC 6928 section 2).</summary>
internal static class InitialWindow
{
    /// <summary>Segments in it, unless they are large.</summary>
    public const int Segments = 10;

    private const int MaxBytes = 14_600;

    /// <summary>IW in bytes: min(10 * SMSS, max(2 * SMSS, 14600)).</summary>
    public static long Of(int smss) => Math.Min(Segments * smss, Math.Max(2 * smss, MaxBytes));

    /// <summary>IW in bytes; one segment when the SYN or SYN,ACK was retransmitted (RFC 5681 section 3.1).</summary>
    public static long Of(int smss, bool handshakeRetransmitted) => handshakeRetransmitted ? smss : Of(smss);
}

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
