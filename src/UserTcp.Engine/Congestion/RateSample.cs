using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// A measurement of how fast the path has delivered, from one ACK: what was delivered between the sending of the latest segment that
/// it is for and now (draft-ietf-ccwg-bbr, section 4.1).
/// </summary>
internal readonly record struct DeliveryRate
{
    /// <summary>Octets delivered in <see cref="Interval"/>.</summary>
    public long Delivered { get; init; }

    /// <summary>The longer of the time that the sending took and the time that the ACKs took; zero when there is no measurement.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Octets that had been delivered over the connection's life when the segment was sent.</summary>
    public long PriorDelivered { get; init; }

    /// <summary>Octets that have been delivered over the connection's life.</summary>
    public long TotalDelivered { get; init; }

    /// <summary>Octets that had been lost over the connection's life when the segment was sent.</summary>
    public long PriorLost { get; init; }

    /// <summary>Octets that have been lost over the connection's life.</summary>
    public long TotalLost { get; init; }

    /// <summary>Octets in the network just after the segment was sent.</summary>
    public long InFlightAtSend { get; init; }

    /// <summary>The application had nothing more to send meanwhile, so the path may be able to do more.</summary>
    public bool IsApplicationLimited { get; init; }

    /// <summary>Octets a second; 0 when there is no measurement.</summary>
    public double OctetsPerSecond => Interval > TimeSpan.Zero ? Delivered / Interval.TotalSeconds : 0;
}

/// <summary>Where a connection's delivery stood when something was sent (draft-ietf-ccwg-bbr, section 4.1.2.2, "packet state").</summary>
internal struct DeliverySnapshot
{
    /// <summary>Octets delivered until then.</summary>
    public long Delivered;

    /// <summary>Octets lost until then.</summary>
    public long Lost;

    /// <summary>When the last of them was.</summary>
    public MonotonicTime DeliveredAt;

    /// <summary>When the segment whose delivery was known last had been sent.</summary>
    public MonotonicTime FirstSentAt;

    /// <summary>Octets in the network just afterwards.</summary>
    public int InFlight;

    /// <summary>The application had no more to send.</summary>
    public bool IsApplicationLimited;
}
