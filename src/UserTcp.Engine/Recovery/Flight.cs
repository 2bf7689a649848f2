using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// The data in flight of one connection and the state of its loss recovery:
/// <code>
///  ACK --> Scoreboard       which bytes have arrived
///      --> TailLossProbe    has a probe repaired a loss?
///      --> SpuriousRecovery was the recovery spurious? Then undo
///      --> Rack or DupAcks  which bytes are lost
///      --> Prr              how much may go out during a recovery
/// </code>
/// LossRecovery calls them in this order. A connection has a flight only while data is outstanding; the pool lends it.
/// </summary>
internal sealed class Flight
{
    public readonly Scoreboard Board = new();
    public Rack Rack;
    public Prr Prr;
    public TailLossProbe TailLossProbe;
    public SpuriousRecovery Spurious;
    public DupAckRecovery DupAcks;

    /// <summary>C.delivered: bytes delivered over the connection's life.</summary>
    public long Delivered;

    /// <summary>C.delivered_time: when the last of them were delivered.</summary>
    public MonotonicTime DeliveredAt;

    /// <summary>C.first_send_time: when the segment was sent whose delivery was reported last.</summary>
    public MonotonicTime FirstSentAt;

    /// <summary>
    /// C.app_limited: until so many bytes are delivered, rate samples are limited by the application; 0 when none are.
    /// </summary>
    public long ApplicationLimitedUntil;

    public RecoveryState State { get; set; }

    /// <summary>RecoveryPoint (RFC 6675), recover (RFC 6582): SND.NXT when the recovery began.</summary>
    public SeqNum RecoveryPoint { get; set; }

    /// <summary>The reason that the next retransmission gives.</summary>
    public SegmentReason Reason { get; set; }

    /// <summary>The next lost segment is retransmitted whatever cwnd says.</summary>
    public bool IsForced { get; set; }

    public void Begin(SeqNum una, long delivered, MonotonicTime now)
    {
        Board.Begin(una);
        Rack = default;
        Prr = default;
        TailLossProbe = default;
        Spurious = default;
        DupAcks = default;
        (State, RecoveryPoint, Reason) = (RecoveryState.Open, una - 1, SegmentReason.None);
        IsForced = false;
        // Nothing was in flight before, so the first rate sample is limited by the application.
        (Delivered, DeliveredAt, FirstSentAt, ApplicationLimitedUntil) = (delivered, now, now, delivered + 1);
    }

    /// <summary>
    /// Per-packet state of the rate sample (draft-ietf-ccwg-bbr section 4.1.2.2), as <paramref name="octets"/> are
    /// sent.
    /// </summary>
    public DeliverySnapshot RecordSend(int octets, MonotonicTime now)
    {
        var pipe = Board.Pipe;
        // Nothing is in flight: the sample begins now.
        if (pipe <= 0)
            FirstSentAt = DeliveredAt = now;
        return new DeliverySnapshot
        {
            Delivered = Delivered,
            Lost = Board.TotalLost,
            DeliveredAt = DeliveredAt,
            FirstSentAt = FirstSentAt,
            InFlight = Math.Max(pipe, 0) + octets,
            IsApplicationLimited = ApplicationLimitedUntil > 0,
        };
    }

    /// <summary>Counts what an ACK delivers.</summary>
    public void RecordDelivery(in Delivery delivery)
    {
        Delivered += delivery.Octets;
        DeliveredAt = delivery.Now;
        if (ApplicationLimitedUntil < Delivered)
            ApplicationLimitedUntil = 0;
    }

    /// <summary>
    /// The rate sample of an ACK (draft-ietf-ccwg-bbr section 4.1.2.3); its delivery has been recorded.
    /// </summary>
    public DeliveryRate SampleRate(in Delivery delivery, TimeSpan minRtt)
    {
        if (delivery.Octets == 0)
            return default;
        ref readonly var snapshot = ref delivery.LatestSnapshot;
        var sending = delivery.LatestSentAt - snapshot.FirstSentAt;
        var arriving = delivery.Now - snapshot.DeliveredAt;
        var interval = sending > arriving ? sending : arriving;
        FirstSentAt = delivery.LatestSentAt;
        return new DeliveryRate
        {
            Delivered = Delivered - snapshot.Delivered,
            // Shorter than any RTT: the ACK is for the original of a retransmission.
            Interval = interval < minRtt ? TimeSpan.Zero : interval,
            PriorDelivered = snapshot.Delivered,
            TotalDelivered = Delivered,
            PriorLost = snapshot.Lost,
            TotalLost = Board.TotalLost,
            InFlightAtSend = snapshot.InFlight,
            IsApplicationLimited = snapshot.IsApplicationLimited,
        };
    }
}

/// <summary>Lends flights, so that nothing is allocated as connections become idle and busy again.</summary>
internal sealed class FlightPool
{
    private const int MaxSpare = 256;

    private readonly Stack<Flight> _spare = new();

    public Flight Rent(SeqNum una, long delivered, MonotonicTime now)
    {
        var flight = _spare.TryPop(out var spare) ? spare : new Flight();
        flight.Begin(una, delivered, now);
        return flight;
    }

    public void Return(Flight flight)
    {
        if (_spare.Count < MaxSpare && flight.Board.IsSmall)
            _spare.Push(flight);
    }
}
