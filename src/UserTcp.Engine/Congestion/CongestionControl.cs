using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// Decides how much data may be in flight, and how fast it is sent. One object per connection, created with its first
/// data. Loss detection is not part of it, nor is PRR, which moves the window from its old to its new size during a
/// recovery.
/// </summary>
internal abstract class CongestionControl
{
    /// <summary>Delays data that would exceed the pacing rate.</summary>
    public Pacer Pacer;

    /// <summary>cwnd in bytes.</summary>
    public long Window { get; protected set; }

    /// <summary>ssthresh in bytes.</summary>
    public long SlowStartThreshold { get; protected set; } = long.MaxValue;

    /// <summary>True while cwnd is below ssthresh.</summary>
    public bool IsInSlowStart => Window < SlowStartThreshold;

    /// <summary>
    /// True when the algorithm itself limits the data in flight during a recovery: PRR is off, and it sees every ACK.
    /// </summary>
    public virtual bool OwnsRecovery => false;

    /// <summary>Sets the initial window. The connection is synchronized and its SMSS known.</summary>
    public abstract void Begin(int smss, bool handshakeRetransmitted);

    /// <summary>Adapts to a new SMSS after a change of the path MTU.</summary>
    public abstract void OnSmssChanged(int smss);

    /// <summary>
    /// Grows the window for an ACK that acknowledges or SACKs new data. During a recovery only with
    /// <see cref="OwnsRecovery"/>.
    /// </summary>
    public abstract void OnAcknowledged(in AckSample ack);

    /// <summary>
    /// Reduces ssthresh and cwnd for congestion with <paramref name="flightSize"/> bytes outstanding, and saves their
    /// values for <see cref="Undo"/>. At most once in a round trip.
    /// </summary>
    public abstract void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now);

    /// <summary>Handles the end of loss recovery with <paramref name="flightSize"/> bytes outstanding.</summary>
    public abstract void OnRecovered(long flightSize);

    /// <summary>
    /// Handles an RTO; <paramref name="isFirst"/> is false when it has expired before for the same segment.
    /// </summary>
    public abstract void OnTimeout(long flightSize, bool isFirst, MonotonicTime now);

    /// <summary>
    /// Undo: the last <see cref="OnCongestion"/> or first <see cref="OnTimeout"/> was spurious. Restores the saved
    /// values.
    /// </summary>
    public abstract void Undo();

    /// <summary>Restarts after an idle period longer than the RTO.</summary>
    public abstract void OnIdle(MonotonicTime now);

    /// <summary>New data is about to be sent while <paramref name="inFlight"/> bytes are in flight.</summary>
    public virtual void OnSending(long inFlight, MonotonicTime now)
    {
    }

    /// <summary>Sets the pacer's rate after an ACK.</summary>
    public void Pace(TimeSpan smoothedRtt, int smss, MonotonicTime now) =>
        Pacer.SetRate(PacingRate(smoothedRtt), smoothedRtt, smss, now);

    /// <summary>The pacing rate in bytes a second at a given SRTT; 0 does not pace.</summary>
    public abstract long PacingRate(TimeSpan smoothedRtt);
}

/// <summary>Creates congestion controls.</summary>
internal static class CongestionControls
{
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="seed">Seeds its randomness: a secret number of the connection's own.</param>
    public static CongestionControl Create(CongestionAlgorithm algorithm, ulong seed) => algorithm switch
    {
        CongestionAlgorithm.Cubic => new Cubic(),
        CongestionAlgorithm.NewReno => new NewReno(),
        CongestionAlgorithm.Bbr => new Bbr(seed),
        _ => throw new ArgumentOutOfRangeException(
            nameof(algorithm), algorithm, $"There is no congestion control {algorithm}."),
    };
}

/// <summary>A signal of congestion.</summary>
internal enum CongestionEvent : byte
{
    /// <summary>Segments were lost (RFC 5681 section 3.1).</summary>
    Loss,

    /// <summary>The peer has set ECE: it has received CE (RFC 3168 section 6.1.2).</summary>
    Ece,
}

/// <summary>
/// The input of a congestion control for one ACK, after the connection's state has been updated by it.
/// </summary>
internal readonly ref struct AckSample
{
    public MonotonicTime Now { get; init; }

    /// <summary>Bytes by which SND.UNA advanced; after an RTO without those that were SACKed before.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Bytes newly acknowledged or SACKed (RFC 2018).</summary>
    public int Delivered { get; init; }

    /// <summary>Bytes newly marked lost by this ACK.</summary>
    public int Lost { get; init; }

    /// <summary>SND.UNA.</summary>
    public SeqNum Una { get; init; }

    /// <summary>SND.NXT.</summary>
    public SeqNum Nxt { get; init; }

    /// <summary>The pipe (RFC 6675): bytes sent and neither acknowledged, SACKed nor lost.</summary>
    public long InFlight { get; init; }

    /// <summary>
    /// The RTT of the most recently sent segment that this ACK acknowledges; null when it is ambiguous (Karn's
    /// algorithm).
    /// </summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>SRTT (RFC 6298).</summary>
    public TimeSpan SmoothedRtt { get; init; }

    /// <summary>
    /// True when more than half of cwnd was in use (<see cref="WindowUsage"/>); else cwnd does not grow.
    /// </summary>
    public bool WindowWasUsed { get; init; }

    /// <summary>
    /// True during loss recovery. Only a control with <see cref="CongestionControl.OwnsRecovery"/> sees such ACKs.
    /// </summary>
    public bool IsInRecovery { get; init; }

    /// <summary>The delivery rate sample of this ACK.</summary>
    public DeliveryRate Rate { get; init; }
}
