using UserTcp.Engine.Buffers;
using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;

namespace UserTcp.Engine.State;

/// <summary>
/// The part of a <see cref="Tcb"/> that an idle connection does without: fields only. <see cref="Parking"/> lends it; while a connection
/// has none, its <see cref="ParkedState"/> holds what it was.
/// </summary>
internal sealed class ActiveState
{
    public SendSequence Snd;
    public ReceiveSequence Rcv;
    public SendQueue SendQueue;
    public ReceiveQueue ReceiveQueue;
    public RttEstimator Rtt;
    public LossState Loss;
    public WindowUsage WindowUsage;
    public PendingOutput Pending;
    public ConnectionTimers Timers;
    public TimestampState Ts;
    public EcnState Ecn;
    public OutOfOrderQueue? OutOfOrder;
    public SackGenerator? SackGenerator;
    public ReceiveTuning? ReceiveTuning;
    public Listener? Listener;
    public MonotonicTime LastDataSent;
    public MonotonicTime LastAckReceived;
    public MonotonicTime LastProgress;
    public long CountedMemory;
    public long DataReceived;
    public long DataAcknowledged;
    public long Retransmissions;
    public int Burst;
    public int AcknowledgedForUser;
    public bool IsCountedOrphan;

    /// <summary>The place among the connections that are not parked; only <see cref="Parking"/> changes it.</summary>
    public int Place = Parking.Nowhere;

    /// <summary>As new.</summary>
    public void Clear()
    {
        Snd = default;
        Rcv = default;
        SendQueue = default;
        ReceiveQueue = default;
        Rtt = default;
        Loss = default;
        WindowUsage = default;
        Pending = default;
        Timers = default;
        Ts = default;
        Ecn = default;
        OutOfOrder = null;
        SackGenerator = null;
        ReceiveTuning = null;
        Listener = null;
        LastDataSent = LastAckReceived = LastProgress = default;
        CountedMemory = DataReceived = DataAcknowledged = Retransmissions = 0;
        Burst = AcknowledgedForUser = 0;
        IsCountedOrphan = false;
        Place = Parking.Nowhere;
    }
}
