using UserTcp.Engine.Buffers;
using UserTcp.Engine.Congestion;
using UserTcp.Engine.Loss;
using UserTcp.Engine.Output;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine;

/// <content>
/// The fields of the <see cref="ActiveState"/>. None of them unparks the connection, for a call that may happen at each access keeps the
/// compiler from remembering anything across it: <see cref="EngineCore.Handle"/> does, and who looks at a connection without handling it.
/// </content>
public sealed partial class Tcb
{
    internal ref SendSequence Snd => ref _active!.Snd;

    internal ref ReceiveSequence Rcv => ref _active!.Rcv;

    internal ref SendQueue SendQueue => ref _active!.SendQueue;

    internal ref ReceiveQueue ReceiveQueue => ref _active!.ReceiveQueue;

    internal ref RttEstimator Rtt => ref _active!.Rtt;

    internal ref LossState Loss => ref _active!.Loss;

    internal ref WindowUsage WindowUsage => ref _active!.WindowUsage;

    internal ref PendingOutput Pending => ref _active!.Pending;

    internal ref TimerTable Timers => ref _active!.Timers;

    internal ref TimestampState Ts => ref _active!.Ts;

    internal ref EcnState Ecn => ref _active!.Ecn;

    /// <summary>The connection is among <see cref="EngineCore.Orphans"/>.</summary>
    internal ref bool IsCountedOrphan => ref _active!.IsCountedOrphan;

    /// <summary>What <see cref="MemoryAccount"/> has counted for this connection.</summary>
    internal ref long CountedMemory => ref _active!.CountedMemory;

    /// <summary>Text that waits for what precedes it; made when first needed.</summary>
    internal ref OutOfOrderQueue? OutOfOrder => ref _active!.OutOfOrder;

    /// <summary>What selective acknowledgments have to tell; made when first needed, and gone when all is told.</summary>
    internal ref SackReport? SackReport => ref _active!.SackReport;

    /// <summary>How the receive buffer grows; only while it may, and there is reason to.</summary>
    internal ref ReceiveTuning? ReceiveTuning => ref _active!.ReceiveTuning;

    /// <summary>The listener that made this connection, until the user has accepted it.</summary>
    internal ref Listener? Listener => ref _active!.Listener;

    /// <summary>The last time anything but a pure ACK was sent.</summary>
    internal ref MonotonicTime LastTextSent => ref _active!.LastTextSent;

    /// <summary>The last time an acceptable ACK arrived; zero-window probing goes on as long as they do (MUST-37), and keep-alive counts from it.</summary>
    internal ref MonotonicTime LastAckReceived => ref _active!.LastAckReceived;

    /// <summary>
    /// When the peer last acknowledged anything new; for an orphan, when it became one if that was later. Nothing else a peer sends
    /// moves it, so an orphan's time runs out whatever its peer does about its window.
    /// </summary>
    internal ref MonotonicTime LastProgress => ref _active!.LastProgress;

    /// <summary>Segments of new text sent one after the other, up to now.</summary>
    internal ref int Burst => ref _active!.Burst;

    /// <summary>Octets acknowledged that the user has not been told of.</summary>
    internal ref int AcknowledgedForUser => ref _active!.AcknowledgedForUser;

    /// <summary>Octets of text over the connection's life, for STATUS.</summary>
    internal ref long TextReceived => ref _active!.TextReceived;

    internal ref long TextAcknowledged => ref _active!.TextAcknowledged;

    internal ref long Retransmissions => ref _active!.Retransmissions;
}
