using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>A connection's state at one moment (RFC 9293 section 3.10.6, STATUS), with what Linux's TCP_INFO has besides.</summary>
public sealed record ConnectionSnapshot
{
    /// <summary>The connection identifiers.</summary>
    public required FourTuple Tuple { get; init; }

    /// <summary>The state.</summary>
    public required TcpState State { get; init; }

    /// <summary>Octets received that the user has not consumed.</summary>
    public long ReceiveQueue { get; init; }

    /// <summary>Octets queued for sending or not acknowledged; for LISTEN the backlog's limit.</summary>
    public long SendQueue { get; init; }

    /// <summary>SND.UNA - ISS: octets acknowledged by the peer, its SYN and FIN included.</summary>
    public uint SndUna { get; init; }

    /// <summary>SND.NXT - ISS.</summary>
    public uint SndNxt { get; init; }

    /// <summary>SND.WND, octets.</summary>
    public uint SndWnd { get; init; }

    /// <summary>RCV.NXT - IRS.</summary>
    public uint RcvNxt { get; init; }

    /// <summary>RCV.WND, octets.</summary>
    public uint RcvWnd { get; init; }

    /// <summary>The effective send MSS in octets (RFC 9293 section 3.7.1).</summary>
    public int SendMss { get; init; }

    /// <summary>The congestion control; null for a listener and in TIME-WAIT.</summary>
    public CongestionAlgorithm? CongestionControl { get; init; }

    /// <summary>The congestion window in octets (RFC 5681); during a recovery with SACK what rate reduction makes of it (RFC 9937).</summary>
    public long CongestionWindow { get; init; }

    /// <summary>The slow start threshold in octets; <see cref="long.MaxValue"/> before the first loss.</summary>
    public long SlowStartThreshold { get; init; }

    /// <summary>SRTT (RFC 6298); zero before the first measurement.</summary>
    public TimeSpan SmoothedRtt { get; init; }

    /// <summary>RTTVAR (RFC 6298).</summary>
    public TimeSpan RttVariation { get; init; }

    /// <summary>RTO (RFC 6298), backed off.</summary>
    public TimeSpan Rto { get; init; }

    /// <summary>Segments retransmitted over the connection's life.</summary>
    public long Retransmissions { get; init; }

    /// <summary>Octets of text received in order.</summary>
    public long DataReceived { get; init; }

    /// <summary>Octets of text that the peer has acknowledged.</summary>
    public long DataAcknowledged { get; init; }

    /// <summary>Octets from the next one the user reads up to the urgent mark; 0 when there is none ahead (RFC 9293 section 3.8.5).</summary>
    public int UrgentOctets { get; init; }

    /// <summary>Snd.Wind.Shift: what the peer's window fields are scaled by (RFC 7323 section 2.2).</summary>
    public byte SendWindowScale { get; init; }

    /// <summary>Rcv.Wind.Shift: what our window fields are scaled by.</summary>
    public byte ReceiveWindowScale { get; init; }

    /// <summary>Snd.TS.OK: timestamps are on every segment, both ways (RFC 7323 section 3.2).</summary>
    public bool Timestamps { get; init; }

    /// <summary>Both SYNs permit SACK (RFC 2018 section 2).</summary>
    public bool Sack { get; init; }

    /// <summary>Both ends use explicit congestion notification (RFC 3168).</summary>
    public bool Ecn { get; init; }

    /// <summary>The peer's MSS option, or the default for its absence (MUST-15).</summary>
    public int PeerMss { get; init; }

    /// <summary>Octets sent and not acknowledged.</summary>
    public int FlightSize { get; init; }

    /// <summary>Octets queued and never sent.</summary>
    public long Unsent { get; init; }

    /// <summary>Retransmission timeouts in a row without any progress.</summary>
    public int Backoff { get; init; }

    /// <summary>Window probes in a row that have not opened the window.</summary>
    public int ZeroWindowProbes { get; init; }

    /// <summary>What is being done about losses.</summary>
    public RecoveryState Recovery { get; init; }

    /// <summary>Segments outstanding that the peer has said it has (RFC 2018).</summary>
    public int SackedSegments { get; init; }

    /// <summary>Octets outstanding that count as lost.</summary>
    public int Lost { get; init; }

    /// <summary>Octets outstanding that have been sent again and are in the network.</summary>
    public int Retransmitted { get; init; }

    /// <summary>All the text of the SYN has been taken (RFC 7413): by the peer in an active open, by us in a passive one.</summary>
    public bool SynDataAccepted { get; init; }

    /// <summary>The least round trip measured lately; zero before the first measurement.</summary>
    public TimeSpan MinRtt { get; init; }

    /// <summary>Time since text was last received; null before the first.</summary>
    public TimeSpan? SinceDataReceived { get; init; }

    /// <summary>Time since text was last sent; null before the first.</summary>
    public TimeSpan? SinceDataSent { get; init; }

    /// <summary>Time since an ACK was last received.</summary>
    public TimeSpan? SinceAckReceived { get; init; }

    /// <summary>The last error that was not the end (RFC 9293 section 3.9.1.8).</summary>
    public EngineError SoftError { get; init; }

    /// <summary>What the user has set.</summary>
    public ConnectionOptions? Options { get; init; }

    /// <summary>For TIME-WAIT: what is left of 2 MSL.</summary>
    public TimeSpan? TimeWaitLeft { get; init; }
}

/// <summary>What a sender is doing about losses.</summary>
public enum RecoveryState : byte
{
    /// <summary>Nothing is known to be lost.</summary>
    Open,

    /// <summary>The window comes down for a mark of congestion (RFC 3168) or a loss that a probe has repaired; nothing is lost.</summary>
    WindowReduced,

    /// <summary>Losses that ACKs have shown are being repaired: fast recovery.</summary>
    Recovery,

    /// <summary>The retransmission timer has expired, and what was outstanding then is not all acknowledged.</summary>
    Timeout,

    /// <summary>Everything outstanding is sent again, though not for congestion: it cannot have arrived.</summary>
    RetransmitAll,
}
