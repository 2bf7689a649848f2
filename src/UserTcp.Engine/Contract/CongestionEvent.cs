namespace UserTcp.Engine.Contract;

/// <summary>A signal of congestion.</summary>
public enum CongestionEvent : byte
{
    /// <summary>Segments were lost (RFC 5681 section 3.1).</summary>
    Loss,

    /// <summary>The peer has set ECE: it has received CE (RFC 3168 section 6.1.2).</summary>
    Ece,
}
