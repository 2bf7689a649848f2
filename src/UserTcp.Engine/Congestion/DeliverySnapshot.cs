using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>
/// The state of delivery when a segment was sent: the per-packet state of draft-ietf-ccwg-bbr section 4.1.2.2.
/// </summary>
internal struct DeliverySnapshot
{
    /// <summary>Total bytes delivered until then.</summary>
    public long Delivered;

    /// <summary>Total bytes lost until then.</summary>
    public long Lost;

    /// <summary>When the last of them was delivered.</summary>
    public MonotonicTime DeliveredAt;

    /// <summary>When the segment that was most recently reported delivered had been sent.</summary>
    public MonotonicTime FirstSentAt;

    /// <summary>Bytes in flight just afterwards.</summary>
    public int InFlight;

    /// <summary>True when the application had no more to send.</summary>
    public bool IsApplicationLimited;
}
