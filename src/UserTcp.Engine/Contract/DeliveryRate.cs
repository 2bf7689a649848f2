namespace UserTcp.Engine.Contract;

/// <summary>
/// A delivery rate sample, from one ACK: the data delivered between the sending of the most recently sent segment that
/// it acknowledges, and now (draft-ietf-ccwg-bbr section 4.1).
/// </summary>
public readonly record struct DeliveryRate
{
    /// <summary>Bytes delivered in <see cref="Interval"/>.</summary>
    public long Delivered { get; init; }

    /// <summary>The longer of the send and the ACK interval; zero without a sample.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Total bytes delivered when the segment was sent.</summary>
    public long PriorDelivered { get; init; }

    /// <summary>Total bytes delivered over the connection's life.</summary>
    public long TotalDelivered { get; init; }

    /// <summary>Total bytes lost when the segment was sent.</summary>
    public long PriorLost { get; init; }

    /// <summary>Total bytes lost over the connection's life.</summary>
    public long TotalLost { get; init; }

    /// <summary>Bytes in flight just after the segment was sent.</summary>
    public long InFlightAtSend { get; init; }

    /// <summary>True when the application had no more to send meanwhile: the path may deliver faster.</summary>
    public bool IsApplicationLimited { get; init; }

    /// <summary>Bytes per second; 0 without a sample.</summary>
    public double BytesPerSecond => Interval > TimeSpan.Zero ? Delivered / Interval.TotalSeconds : 0;
}
