namespace UserTcp.Engine.Congestion;

/// <summary>What tells of congestion.</summary>
internal enum CongestionEvent : byte
{
    /// <summary>Segments were lost (RFC 5681 section 3.1).</summary>
    Loss,

    /// <summary>The peer has seen a mark of congestion on the way (RFC 3168 section 6.1.2).</summary>
    Ece,
}
