using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>The rule that found data in flight to be lost.</summary>
public enum LossRule : byte
{
    /// <summary>RACK: a segment that was sent sufficiently later was delivered (RFC 8985 section 6.2).</summary>
    Rack,

    /// <summary>RACK's reordering timer expired (RFC 8985 section 6.3).</summary>
    RackTimer,

    /// <summary>Three segments above it are SACKed (RFC 6675 section 4).</summary>
    SackCount,

    /// <summary>Three duplicate ACKs (RFC 5681 section 3.2).</summary>
    DuplicateAcks,

    /// <summary>A partial ACK in fast recovery without SACK (RFC 6582 section 3.2).</summary>
    PartialAck,

    /// <summary>The retransmission timer expired (RFC 6298 section 5.4).</summary>
    RetransmissionTimeout,

    /// <summary>
    /// The peer's window reopened over data in flight, which it may have dropped (RFC 9293 section 3.8.6).
    /// </summary>
    WindowReopened,

    /// <summary>The data was too big for the path (RFC 1191, RFC 8201, RFC 4821).</summary>
    PathMtu,
}

/// <summary>Data in flight was found to be lost.</summary>
public readonly record struct LossFinding
{
    /// <summary>The rule that found it.</summary>
    public LossRule Rule { get; init; }

    /// <summary>The first sequence number that was found to be lost.</summary>
    public SeqNum From { get; init; }

    /// <summary>The sequence number after the last; data in between may be SACKed.</summary>
    public SeqNum End { get; init; }

    /// <summary>Bytes lost.</summary>
    public int Bytes { get; init; }

    /// <summary>RACK.end_seq: the sequence number after the delivered segment that was sent last.</summary>
    public SeqNum DeliveredEnd { get; init; }

    /// <summary>RACK: how much later than the first lost segment that one was sent.</summary>
    public TimeSpan SentLaterBy { get; init; }

    /// <summary>RACK.reo_wnd: how much reordering was allowed for.</summary>
    public TimeSpan ReorderingWindow { get; init; }
}
