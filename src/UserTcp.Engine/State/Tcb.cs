using UserTcp.Engine.Buffers;
using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>The transmission control block of a connection (RFC 9293 section 3.3.1): fields only. Outside the engine it is a handle.</summary>
public sealed partial class Tcb
{
    private readonly IpAddress _localAddress;
    private readonly IpAddress _remoteAddress;
    private readonly Port _localPort;
    private readonly Port _remotePort;
    private CongestionControl? _congestion;

    internal Tcb(in FourTuple tuple, CongestionAlgorithm algorithm, ConnectionOptions options, bool isPassive, Parking parking)
    {
        // One by one they take 36 bytes, as a FourTuple 40.
        (_localAddress, _localPort) = (tuple.LocalAddress, tuple.LocalPort);
        (_remoteAddress, _remotePort) = (tuple.RemoteAddress, tuple.RemotePort);
        _parking = parking;
        _active = parking.Rent(this);
        CongestionAlgorithm = algorithm;
        Options = options;
        IsPassive = isPassive;
    }

    /// <summary>The connection identifiers.</summary>
    public FourTuple Tuple => new(_localAddress, _localPort, _remoteAddress, _remotePort);

    /// <summary>The state; engine's thread only.</summary>
    public TcpState State { get; internal set; }

    /// <summary>Why the connection ended; none while it lives or after an orderly close.</summary>
    public EngineError Error { get; internal set; }

    /// <summary>Whatever the engine's user wants to find here; the engine does not look at it.</summary>
    public object? Owner { get; set; }

    /// <summary>SYN-RECEIVED came from a passive open (MUST-11).</summary>
    internal bool IsPassive { get; }

    /// <summary>Which congestion control it has, or will have.</summary>
    internal CongestionAlgorithm CongestionAlgorithm { get; }

    /// <summary>Made when it is first needed, which is with the first text to send; our SYN is acknowledged by then, and the SMSS known.</summary>
    internal CongestionControl Congestion => _congestion ??= BeginCongestionControl();

    /// <summary>As <see cref="Congestion"/>, for who only looks.</summary>
    internal CongestionControl CongestionOrInitial => _congestion ?? BeginCongestionControl();

    /// <summary>The peer's SYN permits SACK, and so does ours (RFC 2018 section 2). Until the peer's has come: ours does.</summary>
    internal bool SackOk { get; set; }

    /// <summary>What its user has set.</summary>
    internal ConnectionOptions Options { get; set; }

    /// <summary>The user has closed its sending side: FIN follows the queue.</summary>
    internal bool FinQueued { get; set; }

    /// <summary>Our FIN has been sent at least once; its sequence number is the end of the send queue.</summary>
    internal bool FinSent { get; set; }

    /// <summary>The user is gone: it neither reads nor wants events.</summary>
    internal bool IsOrphan { get; set; }

    /// <summary>Our SYN carries the window scale option: always in an active open, else when the peer's did (RFC 7323 section 2.2).</summary>
    internal bool OffersWindowScale { get; set; }

    /// <summary>Our SYN went out more than once.</summary>
    internal bool HandshakeRetransmitted { get; set; }

    /// <summary>Our SYN was sent more than once, for whatever reason: which of them is acknowledged cannot be told (RFC 6298 section 3).</summary>
    internal bool IsSynAmbiguous { get; set; }

    internal EngineEvents PendingEvents { get; set; }

    internal bool HasQueuedEvent { get; set; }

    internal bool HasQueuedOutput { get; set; }

    /// <summary>The connection is in the table.</summary>
    internal bool IsLive { get; set; }

    /// <summary>Octets of memory that its text takes, here or with its user.</summary>
    internal long Memory =>
        SendQueue.Memory + ReceiveQueue.Memory + (OutOfOrder?.Memory ?? 0) + Math.Max(Rcv.Held - ReceiveQueue.Length, 0);

    /// <summary>Text or a FIN is queued that has never been sent.</summary>
    internal bool HasUnsent => !FinSent && (FinQueued || SendQueue.End > Snd.Nxt);

    /// <summary>
    /// SEG.SEQ of a segment without text: SND.NXT, unless the peer has shrunk its window below it. Then it is the window's right edge,
    /// where RCV.NXT is if all that fitted has arrived; what lies beyond would be thrown away unread (RFC 9293 section 3.8.6).
    /// </summary>
    internal SeqNum AcceptableSeq => IsSynchronized ? SeqNum.Min(Snd.Nxt, SeqNum.Max(Snd.Edge, Snd.Una)) : Snd.Nxt;

    /// <summary>Octets of text and FIN outstanding: all but our SYN.</summary>
    internal int DataInFlight => IsSynchronized ? Snd.FlightSize : Math.Max(Snd.FlightSize - 1, 0);

    /// <summary>Our FIN is acknowledged.</summary>
    internal bool IsFinAcknowledged => FinSent && Snd.Una == SendQueue.End + 1;

    /// <summary>
    /// The state for STATUS and observers. After CLOSE in SYN-RECEIVED (RFC 9293 section 3.10.4) the FIN is out: FIN-WAIT-1, while what
    /// arrives is still handled as in SYN-RECEIVED, until our SYN is acknowledged.
    /// </summary>
    internal TcpState ReportedState => State == TcpState.SynReceived && FinSent ? TcpState.FinWait1 : State;

    /// <summary>Both SYNs are known and ours is acknowledged.</summary>
    internal bool IsSynchronized => State >= TcpState.Established;

    private CongestionControl BeginCongestionControl()
    {
        var congestion = CongestionControls.Create(CongestionAlgorithm, Active.Snd.Iss.Value);
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

    /// <summary>What <see cref="MemoryAccount"/> has counted for this connection.</summary>
    internal ref long CountedMemory => ref Active.CountedMemory;

    /// <summary>Text that waits for what precedes it; made when first needed.</summary>
    internal ref OutOfOrderQueue? OutOfOrder => ref Active.OutOfOrder;

    /// <summary>What selective acknowledgments have to tell; made when first needed, and gone when all is told.</summary>
    internal ref SackGenerator? SackGenerator => ref Active.SackGenerator;

    /// <summary>How the receive buffer grows; only while it may, and there is reason to.</summary>
    internal ref ReceiveTuning? ReceiveTuning => ref Active.ReceiveTuning;

    /// <summary>The listener that made this connection, until the user has accepted it.</summary>
    internal ref Listener? Listener => ref Active.Listener;

    /// <summary>The last time anything but a pure ACK was sent.</summary>
    internal ref MonotonicTime LastDataSent => ref Active.LastDataSent;

    /// <summary>The last time an acceptable ACK arrived; zero-window probing goes on as long as they do (MUST-37), and keep-alive counts from it.</summary>
    internal ref MonotonicTime LastAckReceived => ref Active.LastAckReceived;

    /// <summary>
    /// When the peer last acknowledged anything new; for an orphan, when it became one if that was later. Nothing else a peer sends
    /// moves it, so an orphan's time runs out whatever its peer does about its window.
    /// </summary>
    internal ref MonotonicTime LastProgress => ref Active.LastProgress;

    /// <summary>Segments of new text sent one after the other, up to now.</summary>
    internal ref int Burst => ref Active.Burst;

    /// <summary>Octets acknowledged that the user has not been told of.</summary>
    internal ref int AcknowledgedForUser => ref Active.AcknowledgedForUser;

    /// <summary>Octets of text over the connection's life, for STATUS.</summary>
    internal ref long DataReceived => ref Active.DataReceived;

    internal ref long DataAcknowledged => ref Active.DataAcknowledged;

    internal ref long Retransmissions => ref Active.Retransmissions;
}
