namespace UserTcp.Engine.Contract;

/// <summary>Why no further new data goes out now.</summary>
public enum SendLimit : byte
{
    /// <summary>Nothing limits: data goes out, or a SYN or a retransmission goes first.</summary>
    None,

    /// <summary>The application: there is no data to send.</summary>
    NoData,

    /// <summary>The peer's window has no room for the next segment (RFC 9293 section 3.8.6).</summary>
    PeerWindow,

    /// <summary>The congestion window has no room for the next segment (RFC 5681).</summary>
    CongestionWindow,

    /// <summary>
    /// Nagle's algorithm, or sender silly window avoidance, waits for a full segment (RFC 9293 sections 3.7.4 and
    /// 3.8.6.2.1).
    /// </summary>
    SmallSegment,

    /// <summary>The pacer waits.</summary>
    Pacing,

    /// <summary>An MTU probe waits for room in both windows (RFC 4821 section 7).</summary>
    MtuProbe,
}
