using UserTcp.Engine.Buffers;
using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The transmission control block of a connection (RFC 9293 section 3.3.1): its state, what follows from it, and no
/// protocol steps. To the engine's caller it is a handle. Its parts: identity here, the flags, the
/// <see cref="ActiveState"/> that an idle connection does without, and the <see cref="ColdFields"/> that few
/// connections have. Reading a member of the active state unparks the connection (docs/decisions/0039).
/// </summary>
public sealed partial class Tcb
{
    private readonly IpAddress _localAddress;
    private readonly IpAddress _remoteAddress;
    private readonly Port _localPort;
    private readonly Port _remotePort;
    private readonly CongestionAlgorithm _algorithm;
    private CongestionControl? _congestion;

    internal Tcb(
        in FourTuple tuple, CongestionAlgorithm algorithm, ConnectionOptions options, bool isPassive, Parking parking)
    {
        // Four fields take 36 bytes, a FourTuple takes 40.
        (_localAddress, _localPort) = (tuple.LocalAddress, tuple.LocalPort);
        (_remoteAddress, _remotePort) = (tuple.RemoteAddress, tuple.RemotePort);
        _parking = parking;
        _active = parking.Rent(this);
        _algorithm = algorithm;
        Options = options;
        IsPassive = isPassive;
    }

    /// <summary>The connection identifiers.</summary>
    public FourTuple Tuple => new(_localAddress, _localPort, _remoteAddress, _remotePort);

    /// <summary>The state. To be read on the engine's thread only.</summary>
    public TcpState State { get; internal set; }

    /// <summary>
    /// Why the connection ended; <see cref="EngineError.None"/> while it lives and after an orderly close.
    /// </summary>
    public EngineError Error { get; internal set; }

    /// <summary>For the engine's caller; the engine does not use it.</summary>
    public object? Owner { get; set; }

    /// <summary>Creates <see cref="Congestion"/>.</summary>
    internal CongestionControlFactory CongestionFactory =>
        CustomCongestionControl ?? CongestionControls.Of(_algorithm);

    /// <summary>
    /// The congestion control. The first read creates it, with the SMSS of that moment: a connection that sends no data
    /// has none. A read that must not create it uses <see cref="CongestionOrNull"/>.
    /// </summary>
    internal CongestionControl Congestion => _congestion ??= CreateCongestionControl();

    /// <summary>The congestion control; null before the first data is sent.</summary>
    internal CongestionControl? CongestionOrNull => _congestion;

    /// <summary>cwnd in bytes; before the first data is sent the initial window.</summary>
    internal long CongestionWindow =>
        _congestion?.Window ?? InitialWindow.Of(Snd.Mss, HandshakeRetransmitted);

    /// <summary>The options that the application has set.</summary>
    internal ConnectionOptions Options { get; set; }

    /// <summary>The application has closed its sending side: FIN follows the send queue.</summary>
    internal bool FinQueued { get; set; }

    /// <summary>Our FIN has been sent, once or more; its sequence number is the end of the send queue.</summary>
    internal bool FinSent { get; set; }

    /// <summary>The application has closed the connection: it neither reads nor gets events.</summary>
    internal bool IsOrphan { get; set; }

    /// <summary>Events that the caller has not dequeued.</summary>
    internal EngineEvents PendingEvents { get; set; }

    /// <summary>The connection is in <see cref="EngineState.Events"/>.</summary>
    internal bool HasQueuedEvent { get; set; }

    /// <summary>The connection is in <see cref="EngineState.Output"/>.</summary>
    internal bool HasQueuedOutput { get; set; }

    /// <summary>
    /// Bytes of memory of the connection's data, including what the application has received and not consumed.
    /// </summary>
    internal long Memory
    {
        get
        {
            var active = Active;
            return active.SendQueue.Memory + active.ReceiveQueue.Memory + (active.OutOfOrder?.Memory ?? 0)
                + Math.Max(active.Rcv.Held - active.ReceiveQueue.Length, 0);
        }
    }

    /// <summary>Data or a FIN is queued that has never been sent.</summary>
    internal bool HasUnsent => !FinSent && (FinQueued || SendQueue.End > Snd.Nxt);

    /// <summary>
    /// SEG.SEQ of a segment without data: SND.NXT, or the right edge of the peer's window if the peer has shrunk it
    /// below SND.NXT. The peer would drop a segment beyond its window unread (RFC 9293 section 3.8.6).
    /// </summary>
    internal SeqNum AcceptableSeq => IsSynchronized ? SeqNum.Min(Snd.Nxt, SeqNum.Max(Snd.Edge, Snd.Una)) : Snd.Nxt;

    /// <summary>Bytes of data and FIN outstanding: FlightSize without our SYN.</summary>
    internal int DataOutstanding => IsSynchronized ? Snd.FlightSize : Math.Max(Snd.FlightSize - 1, 0);

    /// <summary>Our FIN is acknowledged.</summary>
    internal bool IsFinAcknowledged => FinSent && Snd.Una == SendQueue.End + 1;

    /// <summary>
    /// The state for STATUS and observers. After CLOSE in SYN-RECEIVED has sent a FIN (RFC 9293 section 3.10.4) it is
    /// FIN-WAIT-1. Segments are handled as in SYN-RECEIVED until our SYN is acknowledged.
    /// </summary>
    internal TcpState ReportedState => State == TcpState.SynReceived && FinSent ? TcpState.FinWait1 : State;

    /// <summary>ESTABLISHED or a later state: our SYN is acknowledged.</summary>
    internal bool IsSynchronized => State >= TcpState.Established;

    private CongestionControl CreateCongestionControl()
    {
        var congestion = CongestionFactory.Create(Active.Snd.Iss.Value);
        congestion.Begin(Snd.Mss, HandshakeRetransmitted);
        return congestion;
    }

    internal ref SendSequence Snd => ref Active.Snd;

    internal ref ReceiveSequence Rcv => ref Active.Rcv;

    internal ref SendQueue SendQueue => ref Active.SendQueue;

    internal ref ReceiveQueue ReceiveQueue => ref Active.ReceiveQueue;

    internal ref RttEstimator Rtt => ref Active.Rtt;

    internal ref LossState Loss => ref Active.Loss;

    internal ref WindowUsage WindowUsage => ref Active.WindowUsage;

    internal ref PendingOutput Pending => ref Active.Pending;

    internal ref ConnectionTimers Timers => ref Active.Timers;

    internal ref TimestampState Ts => ref Active.Ts;

    internal ref EcnState Ecn => ref Active.Ecn;

    /// <summary>The connection is among <see cref="EngineState.Orphans"/>.</summary>
    internal ref bool IsCountedOrphan => ref Active.IsCountedOrphan;

    /// <summary>The application has closed with unread data: a RST follows the ACK of our FIN (SHLD-3).</summary>
    internal ref bool ResetsAfterFin => ref Active.ResetsAfterFin;

    /// <summary>What <see cref="MemoryAccount"/> has counted for this connection.</summary>
    internal ref long CountedMemory => ref Active.CountedMemory;

    /// <summary>The reassembly queue; null while nothing is out of order.</summary>
    internal ref OutOfOrderQueue? OutOfOrder => ref Active.OutOfOrder;

    /// <summary>The SACK and D-SACK blocks to report; null while there are none.</summary>
    internal ref SackGenerator? SackGenerator => ref Active.SackGenerator;

    /// <summary>Auto-tuning of the receive buffer; null while the buffer does not grow.</summary>
    internal ref ReceiveTuning? ReceiveTuning => ref Active.ReceiveTuning;

    /// <summary>The listener of a passive open, until the application has accepted the connection.</summary>
    internal ref Listener? Listener => ref Active.Listener;

    /// <summary>When the last segment other than a pure ACK was sent.</summary>
    internal ref MonotonicTime LastDataSent => ref Active.LastDataSent;

    /// <summary>
    /// When the last acceptable ACK arrived. Zero-window probing continues as long as ACKs do (MUST-37), and keep-alive
    /// counts from it.
    /// </summary>
    internal ref MonotonicTime LastAckReceived => ref Active.LastAckReceived;

    /// <summary>
    /// When the peer last acknowledged new data, or when the connection became an orphan if that was later. No other
    /// segment changes it, so a peer cannot keep an orphan alive by its window.
    /// </summary>
    internal ref MonotonicTime LastProgress => ref Active.LastProgress;

    /// <summary>Segments of new data in the current burst.</summary>
    internal ref int Burst => ref Active.Burst;

    /// <summary>Bytes acknowledged that the caller has not dequeued.</summary>
    internal ref int AcknowledgedForUser => ref Active.AcknowledgedForUser;

    /// <summary>Bytes of data received in order over the connection's life.</summary>
    internal ref long DataReceived => ref Active.DataReceived;

    /// <summary>Bytes of data acknowledged by the peer over the connection's life.</summary>
    internal ref long DataAcknowledged => ref Active.DataAcknowledged;

    /// <summary>What limited the sender when it last had the chance to send, and for how long.</summary>
    internal ref LimitTimes Limit => ref Active.Limit;

    /// <summary>Segments retransmitted over the connection's life.</summary>
    internal ref long Retransmissions => ref Active.Retransmissions;
}
