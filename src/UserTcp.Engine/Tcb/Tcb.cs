using UserTcp.Engine.Buffers;
using UserTcp.Engine.Congestion;
using UserTcp.Engine.Loss;
using UserTcp.Engine.Output;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <summary>The transmission control block of a connection (RFC 9293 section 3.3.1): fields only. Outside the engine it is a handle.</summary>
public sealed partial class Tcb
{
    internal SendSequence Snd;
    internal ReceiveSequence Rcv;
    internal SendQueue SendQueue;
    internal ReceiveQueue ReceiveQueue;
    internal RttEstimator Rtt;
    internal LossState Loss;
    internal WindowUsage WindowUsage;
    internal PendingOutput Pending;
    internal TimerTable Timers;
    internal TimestampState Ts;
    internal EcnState Ecn;

    /// <summary>What <see cref="MemoryAccount"/> has counted for this connection.</summary>
    internal long CountedMemory;

    private CongestionControl? _congestion;

    internal Tcb(FourTuple tuple, CongestionAlgorithm algorithm, ConnectionOptions options, bool isPassive)
    {
        Tuple = tuple;
        CongestionAlgorithm = algorithm;
        Options = options;
        IsPassive = isPassive;
    }

    /// <summary>The connection identifiers.</summary>
    public FourTuple Tuple { get; }

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
    internal CongestionControl CongestionAsIs => _congestion ?? BeginCongestionControl();

    /// <summary>The peer's SYN permits SACK, and so does ours (RFC 2018 section 2). Until the peer's has come: ours does.</summary>
    internal bool SackOk { get; set; }

    /// <summary>Text that waits for what precedes it; made when first needed.</summary>
    internal OutOfOrderQueue? OutOfOrder { get; set; }

    /// <summary>What selective acknowledgments have to tell; made when first needed, and gone when all is told.</summary>
    internal SackReport? SackReport { get; set; }

    /// <summary>How the receive buffer grows; only while it may, and there is reason to.</summary>
    internal ReceiveTuning? ReceiveTuning { get; set; }

    /// <summary>The listener that made this connection, until the user has accepted it.</summary>
    internal Listener? Listener { get; set; }

    /// <summary>What its user has set.</summary>
    internal ConnectionOptions Options { get; set; }

    /// <summary>The user has closed its sending side: FIN follows the queue.</summary>
    internal bool FinQueued { get; set; }

    /// <summary>Our FIN has been sent at least once; its sequence number is the end of the send queue.</summary>
    internal bool FinSent { get; set; }

    /// <summary>The user is gone: it neither reads nor wants events.</summary>
    internal bool IsOrphan { get; set; }

    /// <summary>The connection is among <see cref="EngineCore.Orphans"/>.</summary>
    internal bool IsCountedOrphan { get; set; }

    /// <summary>Our SYN carries the window scale option: always in an active open, else when the peer's did (RFC 7323 section 2.2).</summary>
    internal bool OffersWindowScale { get; set; }

    /// <summary>Our SYN went out more than once.</summary>
    internal bool HandshakeRetransmitted { get; set; }

    /// <summary>Our SYN was sent more than once, for whatever reason: which of them is acknowledged cannot be told (RFC 6298 section 3).</summary>
    internal bool IsSynAmbiguous { get; set; }

    /// <summary>The last time anything but a pure ACK was sent.</summary>
    internal MonotonicTime LastTextSent { get; set; }

    /// <summary>The last time an acceptable ACK arrived; zero-window probing goes on as long as they do (MUST-37), and keep-alive counts from it.</summary>
    internal MonotonicTime LastAckReceived { get; set; }

    /// <summary>
    /// When the peer last acknowledged anything new; for an orphan, when it became one if that was later. Nothing else a peer sends
    /// moves it, so an orphan's time runs out whatever its peer does about its window.
    /// </summary>
    internal MonotonicTime LastProgress { get; set; }

    /// <summary>Segments of new text sent one after the other, up to now.</summary>
    internal int Burst { get; set; }

    /// <summary>Octets acknowledged that the user has not been told of.</summary>
    internal int AcknowledgedForUser { get; set; }

    /// <summary>Octets of text over the connection's life, for STATUS.</summary>
    internal long TextReceived { get; set; }

    internal long TextAcknowledged { get; set; }

    internal long Retransmissions { get; set; }

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
    internal int TextInFlight => IsSynchronized ? Snd.FlightSize : Math.Max(Snd.FlightSize - 1, 0);

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
        var congestion = CongestionControls.Create(CongestionAlgorithm, Snd.Iss.Value);
        congestion.Begin(Snd.Mss, HandshakeRetransmitted);
        return congestion;
    }
}
