using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// What is known of a connection's text in flight, and what is being done about its losses: fields only. Lent to a connection while
/// something is outstanding (<see cref="FlightPool"/>), since of a crowd few have.
/// </summary>
internal sealed class Flight
{
    public readonly Scoreboard Board = new();
    public Rack Rack;
    public Prr Prr;
    public TailLossProbe TailLossProbe;
    public SpuriousRecovery Spurious;
    public DuplicateAcks Duplicates;

    /// <summary>Octets delivered over the connection's life.</summary>
    public long Delivered;

    /// <summary>When the last of them were.</summary>
    public MonotonicTime DeliveredAt;

    /// <summary>When the segment whose delivery was known last had been sent.</summary>
    public MonotonicTime FirstSentAt;

    /// <summary>The application had no more to send; until that many octets are delivered, the path's limit is not what is measured. 0 when it had.</summary>
    public long ApplicationLimitedUntil;

    public RecoveryState State { get; set; }

    /// <summary>SND.NXT when the recovery began (RecoveryPoint, recover).</summary>
    public SeqNum RecoveryPoint { get; set; }

    /// <summary>Why the next segment that is missing is sent again.</summary>
    public SegmentReason Reason { get; set; }

    /// <summary>After a timeout nothing has shown yet whether it was right (RFC 5682).</summary>
    public bool FrtoPending { get; set; }

    /// <summary>F-RTO sends new text instead of what is missing, to find out.</summary>
    public bool FrtoSendingNewData { get; set; }

    /// <summary>The next segment that is missing goes out whatever the window says.</summary>
    public bool IsForced { get; set; }

    /// <summary>No loss is known, so a probe may show one (RFC 8985 section 7.2).</summary>
    public bool IsTailLossProbeUseful => (State is RecoveryState.Open or RecoveryState.WindowReduced) && Board.Sacked == 0;

    public void Begin(SeqNum una, long delivered, MonotonicTime now)
    {
        Board.Begin(una);
        Rack = default;
        Prr = default;
        TailLossProbe = default;
        Spurious = default;
        Duplicates = default;
        (State, RecoveryPoint, Reason) = (RecoveryState.Open, una - 1, SegmentReason.None);
        FrtoPending = FrtoSendingNewData = IsForced = false;
        // There was nothing to send just before, so the first of it is limited too.
        (Delivered, DeliveredAt, FirstSentAt, ApplicationLimitedUntil) = (delivered, now, now, delivered + 1);
    }

    /// <summary>Where delivery stands as <paramref name="octets"/> are sent.</summary>
    public DeliverySnapshot SnapshotAtSend(int octets, MonotonicTime now)
    {
        var pipe = Board.Pipe;
        // Nothing is in flight, so nothing is measured until now.
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

    /// <summary>The rate that an ACK tells of (draft-ietf-ccwg-bbr, section 4.1.2.3); its deliveries have been counted.</summary>
    public DeliveryRate RateOf(in Delivery delivery, TimeSpan minRtt)
    {
        if (delivery.Octets == 0)
            return default;
        ref readonly DeliverySnapshot mark = ref delivery.LatestSnapshot;
        var sending = delivery.LatestSentAt - mark.FirstSentAt;
        var arriving = delivery.Now - mark.DeliveredAt;
        var interval = sending > arriving ? sending : arriving;
        FirstSentAt = delivery.LatestSentAt;
        return new DeliveryRate
        {
            Delivered = Delivered - mark.Delivered,
            // Faster than any round trip it cannot have been: an ACK for what was sent first.
            Interval = interval < minRtt ? TimeSpan.Zero : interval,
            PriorDelivered = mark.Delivered,
            TotalDelivered = Delivered,
            PriorLost = mark.Lost,
            TotalLost = Board.TotalLost,
            InFlightAtSend = mark.InFlight,
            IsApplicationLimited = mark.IsApplicationLimited,
        };
    }
}
