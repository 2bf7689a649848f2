using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>
/// The state of a connection at one moment (STATUS, RFC 9293 section 3.10.6), with the further fields of Linux's
/// TCP_INFO.
/// </summary>
public sealed record ConnectionSnapshot
{
    /// <summary>The four-tuple.</summary>
    public required FourTuple Tuple { get; init; }

    /// <summary>The state.</summary>
    public required TcpState State { get; init; }

    /// <summary>Bytes received that the application has not consumed.</summary>
    public long ReceiveQueue { get; init; }

    /// <summary>Bytes queued: unsent or unacknowledged. For LISTEN the limit of the backlog.</summary>
    public long SendQueue { get; init; }

    /// <summary>The receive buffer in bytes as it is now, grown or set (SO_RCVBUF).</summary>
    public int ReceiveBufferSize { get; init; }

    /// <summary>The send buffer in bytes as it is now, grown or set (SO_SNDBUF).</summary>
    public int SendBufferSize { get; init; }

    /// <summary>SND.UNA - ISS: bytes acknowledged by the peer, SYN and FIN included.</summary>
    public uint SndUna { get; init; }

    /// <summary>SND.NXT - ISS.</summary>
    public uint SndNxt { get; init; }

    /// <summary>SND.WND in bytes.</summary>
    public uint SndWnd { get; init; }

    /// <summary>RCV.NXT - IRS.</summary>
    public uint RcvNxt { get; init; }

    /// <summary>RCV.WND in bytes.</summary>
    public uint RcvWnd { get; init; }

    /// <summary>Eff.snd.MSS in bytes (RFC 9293 section 3.7.1).</summary>
    public int SendMss { get; init; }

    /// <summary>
    /// The name of the congestion control: "cubic", "newreno", "bbr", or that of a
    /// <see cref="CongestionControlFactory"/>. Null for a listener and in TIME-WAIT.
    /// </summary>
    public string? CongestionControl { get; init; }

    /// <summary>cwnd in bytes (RFC 5681); during a recovery with SACK the window that PRR allows (RFC 9937).</summary>
    public long CongestionWindow { get; init; }

    /// <summary>ssthresh in bytes; <see cref="long.MaxValue"/> before the first loss.</summary>
    public long SlowStartThreshold { get; init; }

    /// <summary>SRTT (RFC 6298); zero before the first measurement.</summary>
    public TimeSpan SmoothedRtt { get; init; }

    /// <summary>RTTVAR (RFC 6298).</summary>
    public TimeSpan RttVariation { get; init; }

    /// <summary>RTO (RFC 6298), with its backoff.</summary>
    public TimeSpan Rto { get; init; }

    /// <summary>Segments retransmitted over the connection's life.</summary>
    public long Retransmissions { get; init; }

    /// <summary>Bytes of data received in order.</summary>
    public long DataReceived { get; init; }

    /// <summary>Bytes of data that the peer has acknowledged.</summary>
    public long DataAcknowledged { get; init; }

    /// <summary>
    /// Bytes from the next one the application reads up to the urgent mark; 0 when there is none ahead (RFC 9293
    /// section 3.8.5).
    /// </summary>
    public int UrgentBytes { get; init; }

    /// <summary>Snd.Wind.Shift: the scale of the peer's window field (RFC 7323 section 2.2).</summary>
    public byte SendWindowScale { get; init; }

    /// <summary>Rcv.Wind.Shift: the scale of our window field.</summary>
    public byte ReceiveWindowScale { get; init; }

    /// <summary>Snd.TS.OK: both ends send timestamps in every segment (RFC 7323 section 3.2).</summary>
    public bool Timestamps { get; init; }

    /// <summary>Both SYNs permit SACK (RFC 2018 section 2).</summary>
    public bool Sack { get; init; }

    /// <summary>Both ends use explicit congestion notification (RFC 3168).</summary>
    public bool Ecn { get; init; }

    /// <summary>The peer's MSS option, or the default without one (MUST-15).</summary>
    public int PeerMss { get; init; }

    /// <summary>FlightSize: bytes sent and not acknowledged.</summary>
    public int FlightSize { get; init; }

    /// <summary>Bytes queued and not sent yet.</summary>
    public long Unsent { get; init; }

    /// <summary>Consecutive RTOs without progress.</summary>
    public int Backoff { get; init; }

    /// <summary>Consecutive zero-window probes that did not open the window.</summary>
    public int ZeroWindowProbes { get; init; }

    /// <summary>The state of loss recovery.</summary>
    public RecoveryState Recovery { get; init; }

    /// <summary>Outstanding segments that the peer has SACKed (RFC 2018).</summary>
    public int SackedSegments { get; init; }

    /// <summary>Outstanding bytes that are marked lost.</summary>
    public int Lost { get; init; }

    /// <summary>Outstanding bytes that were retransmitted and are in flight.</summary>
    public int Retransmitted { get; init; }

    /// <summary>
    /// True when all data of the SYN was accepted (RFC 7413): by the peer for an active open, by us for a passive one.
    /// </summary>
    public bool SynDataAccepted { get; init; }

    /// <summary>The minimum RTT measured recently; zero before the first measurement.</summary>
    public TimeSpan MinRtt { get; init; }

    /// <summary>Time since data was last received; null before the first.</summary>
    public TimeSpan? SinceDataReceived { get; init; }

    /// <summary>Time since data was last sent; null before the first.</summary>
    public TimeSpan? SinceDataSent { get; init; }

    /// <summary>Time since an ACK was last received.</summary>
    public TimeSpan? SinceAckReceived { get; init; }

    /// <summary>The last soft error (RFC 9293 section 3.9.1.8).</summary>
    public EngineError SoftError { get; init; }

    /// <summary>How often <see cref="Rto"/> has been doubled (RFC 6298 section 5.5).</summary>
    public int RtoBackoff { get; init; }

    /// <summary>The pacing rate in bytes a second; null while nothing is paced.</summary>
    public long? PacingRate { get; init; }

    /// <summary>What limited the sender when it last had the chance to send.</summary>
    public SendLimit Limit { get; init; }

    /// <summary>How long that has been the limit.</summary>
    public TimeSpan LimitedFor { get; init; }

    /// <summary>How long the peer's window has limited the sender, over the connection's life.</summary>
    public TimeSpan PeerWindowLimited { get; init; }

    /// <summary>How long cwnd has limited the sender.</summary>
    public TimeSpan CongestionWindowLimited { get; init; }

    /// <summary>How long the pacer has limited the sender.</summary>
    public TimeSpan PacingLimited { get; init; }

    /// <summary>The timers that run.</summary>
    public TimerSnapshots Timers { get; init; } = TimerSnapshots.None;

    /// <summary>The options of the connection.</summary>
    public ConnectionOptions? Options { get; init; }

    /// <summary>For TIME-WAIT: the rest of 2 MSL.</summary>
    public TimeSpan? TimeWaitLeft { get; init; }
}
