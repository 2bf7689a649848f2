using UserTcp.Engine.Buffers;
using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;

namespace UserTcp.Engine.State;

/// <content>The fields of the <see cref="ActiveState"/>, each of which unparks the connection.</content>
public sealed partial class Tcb
{
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
