using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;
using UserTcp.Wire;

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

/// <summary>The congestion controls there are.</summary>
internal static class CongestionControls
{
    /// <param name="algorithm">Which one.</param>
    /// <param name="seed">What it may take its randomness from: a number of the connection's own that nobody can guess.</param>
    public static CongestionControl Create(CongestionAlgorithm algorithm, ulong seed) => algorithm switch
    {
        CongestionAlgorithm.Cubic => new Cubic(),
        CongestionAlgorithm.NewReno => new NewReno(),
        CongestionAlgorithm.Bbr => new Bbr(seed),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, $"There is no congestion control {algorithm}."),
    };
}

/// <summary>What tells of congestion.</summary>
internal enum CongestionEvent : byte
{
    /// <summary>Segments were lost (RFC 5681 section 3.1).</summary>
    Loss,

    /// <summary>The peer has seen a mark of congestion on the way (RFC 3168 section 6.1.2).</summary>
    Ece,
}

/// <summary>What one ACK tells a congestion control. The ACK has been taken already: the rest of the state is that after it.</summary>
internal readonly ref struct AckSample
{
    public MonotonicTime Now { get; init; }

    /// <summary>Octets by which SND.UNA has advanced; after a timeout without those that SACK had told of before.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Octets of which the peer has told for the first time that they arrived, in order or not (RFC 2018).</summary>
    public int Delivered { get; init; }

    /// <summary>Octets that have been found lost because of this ACK.</summary>
    public int Lost { get; init; }

    /// <summary>SND.UNA.</summary>
    public SeqNum Una { get; init; }

    /// <summary>SND.NXT.</summary>
    public SeqNum Nxt { get; init; }

    /// <summary>Octets in the network as far as is known: sent, and neither acknowledged nor lost.</summary>
    public long InFlight { get; init; }

    /// <summary>The round trip of the latest segment that this ACK is for; null when it cannot be told (Karn's algorithm).</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>SRTT (RFC 6298).</summary>
    public TimeSpan SmoothedRtt { get; init; }

    /// <summary>More than half of the window has been in use; a window that has not been tested does not grow.</summary>
    public bool WindowWasUsed { get; init; }

    /// <summary>Lost segments are being repaired. Only a control with <see cref="CongestionControl.OwnsRecovery"/> hears of such ACKs.</summary>
    public bool IsInRecovery { get; init; }

    /// <summary>How fast what this ACK is for was delivered.</summary>
    public DeliveryRate Rate { get; init; }
}
