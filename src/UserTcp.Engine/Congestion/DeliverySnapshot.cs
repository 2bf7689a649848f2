using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

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
