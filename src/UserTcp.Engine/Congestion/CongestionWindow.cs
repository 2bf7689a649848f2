using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Congestion;

/// <summary>The window that a connection starts with (RFC 6928 section 2).</summary>
internal static class InitialWindow
{
    /// <summary>Segments in it, if they are not large.</summary>
    public const int Segments = 10;

    private const int MaxBytes = 14_600;

    public static long Of(int smss) => Math.Min(Segments * smss, Math.Max(2 * smss, MaxBytes));

    /// <summary>RFC 5681 section 3.1: a lost SYN or SYN,ACK means one segment to begin with.</summary>
    public static long Of(int smss, bool handshakeRetransmitted) => handshakeRetransmitted ? smss : Of(smss);
}

/// <summary>
/// How much of the congestion window the sender has used: the most that was in flight over the last window of data. What is in
/// flight when an ACK arrives says too little, since the ACKs before it have made it less.
/// </summary>
internal struct WindowUsage
{
    private int _maxInFlight;
    private SeqNum _end;

    /// <summary>Something new was sent.</summary>
    public void OnSent(in SendSequence snd)
    {
        if (snd.Una < _end && snd.FlightSize <= _maxInFlight)
            return;
        _maxInFlight = snd.FlightSize;
        _end = snd.Nxt;
    }

    /// <summary>A window of which half or less was used says nothing about a larger one (RFC 7661 section 4.3; Linux draws the line there).</summary>
    public readonly bool IsEnoughFor(long window) => 2L * _maxInFlight > window;
}
