using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// Decides how much may be in flight, and how fast. One object per connection, made with its first text; what is lost is decided
/// elsewhere (<see cref="LossRecovery"/>), and so is how the window gets from its old to its new size during a recovery (PRR).
/// </summary>
internal abstract class CongestionControl
{
    /// <summary>Holds back what would go out faster than at the pacing rate.</summary>
    public Pacer Pacer;

    /// <summary>cwnd in octets.</summary>
    public long Window { get; protected set; }

    /// <summary>ssthresh in octets.</summary>
    public long SlowStartThreshold { get; protected set; } = long.MaxValue;

    /// <summary>cwnd is below ssthresh.</summary>
    public bool IsInSlowStart => Window < SlowStartThreshold;

    /// <summary>
    /// It decides itself how much is in flight while losses are repaired: there is no PRR, and it hears of all ACKs.
    /// </summary>
    public virtual bool OwnsRecovery => false;

    /// <summary>The connection is synchronized and its SMSS known.</summary>
    public abstract void Begin(int smss, bool handshakeRetransmitted);

    /// <summary>The path's MTU changed the SMSS.</summary>
    public abstract void OnSmssChanged(int smss);

    /// <summary>Something was newly acknowledged or delivered; outside of loss recovery only, unless <see cref="OwnsRecovery"/>.</summary>
    public abstract void OnAcknowledged(in AckSample ack);

    /// <summary>
    /// Congestion, with <paramref name="flightSize"/> octets outstanding: settles ssthresh and the window to come to. Remembers what was
    /// before, for <see cref="Undo"/>. At most once in a round trip.
    /// </summary>
    public abstract void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now);

    /// <summary>Loss recovery has ended with <paramref name="flightSize"/> octets outstanding.</summary>
    public abstract void OnRecovered(long flightSize);

    /// <summary>The retransmission timer expired; <paramref name="isFirst"/> is false when the same segment had expired before.</summary>
    public abstract void OnTimeout(long flightSize, bool isFirst, MonotonicTime now);

    /// <summary>The last <see cref="OnCongestion"/> or first <see cref="OnTimeout"/> was for nothing: all is again as it was before.</summary>
    public abstract void Undo();

    /// <summary>Nothing was sent for longer than an RTO.</summary>
    public abstract void OnIdle(MonotonicTime now);

    /// <summary>New text is about to be sent while <paramref name="inFlight"/> octets are in flight.</summary>
    public virtual void OnSending(in SendSequence snd, long inFlight, MonotonicTime now)
    {
    }

    /// <summary>An ACK has been taken: the pacer follows the rate.</summary>
    public void Pace(TimeSpan smoothedRtt, int smss, MonotonicTime now) => Pacer.SetRate(PacingRate(smoothedRtt), smoothedRtt, smss, now);

    /// <summary>Octets a second to send at, given SRTT; 0 does not pace.</summary>
    public abstract long PacingRate(TimeSpan smoothedRtt);
}
