using UserTcp.Engine.Buffers;
using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The part of a <see cref="Tcb"/> that an idle connection does without. <see cref="Parking"/> lends and reuses it.
/// While a connection is parked, its <see cref="ParkedState"/> holds the values. The properties of <see cref="Tcb"/>
/// describe the fields.
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
    public LimitTimes Limit;
    public bool IsCountedOrphan;
    public bool ResetsAfterFin;

    /// <summary>
    /// The index in the list of connections that are not parked. Only <see cref="Parking"/> changes it.
    /// </summary>
    public int Place = Parking.Nowhere;

    /// <summary>Resets all fields for the next connection.</summary>
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
        Limit = default;
        IsCountedOrphan = ResetsAfterFin = false;
        Place = Parking.Nowhere;
    }
}

/// <summary>
/// The packed <see cref="ActiveState"/> of a parked connection: all values that its next event can depend on, in few
/// bytes. A connection with anything in flight, queued or pending cannot be packed, nor one with values too large.
/// </summary>
internal struct ParkedState
{
    // In an order that needs no padding.
    private MonotonicTime _lastAckReceived;
    private long _dataReceived;
    private long _dataAcknowledged;
    private TimestampState _ts;
    private EcnState _ecn;
    private ReorderingWindow _reordering;
    private WindowUsage _windowUsage;
    private SeqNum _iss;
    private SeqNum _sndNxt;
    private uint _sndWnd;
    private SeqNum _wl1;
    private SeqNum _wl2;
    private uint _maxWnd;
    private SeqNum _irs;
    private SeqNum _rcvNxt;
    private SeqNum _rcvEdge;
    private int _rcvBuffer;
    private uint _retransmissions;
    private PackedTime _lastDataSent;
    private PackedTime _lastDataReceived;
    private ushort _peerMss;
    private ushort _mss;
    private ushort _provenMss;
    private ushort _largestPayload;
    private PackedRtt _rtt;
    private byte _quickAcks;

    // Snd.Wind.Shift in the upper four bits, Rcv.Wind.Shift in the lower four: each is at most 14.
    private byte _scales;

    /// <summary>Packs the state of an idle connection. False when it cannot be packed.</summary>
    public static bool TryPack(ActiveState active, out ParkedState parked)
    {
        parked = default;
        return IsIdle(active) && HasSmallValues(active) && parked.TrySetTimes(active) && parked.Set(active);
    }

    /// <summary>The inverse of <see cref="TryPack"/>, into a cleared state.</summary>
    public readonly void Unpack(ActiveState active)
    {
        active.Snd.Restore(_iss, _sndNxt);
        (active.Snd.Wnd, active.Snd.Wl1, active.Snd.Wl2, active.Snd.MaxWnd) = (_sndWnd, _wl1, _wl2, _maxWnd);
        (active.Snd.PeerMss, active.Snd.Mss, active.Snd.ProvenMss) = (_peerMss, _mss, _provenMss);
        active.Snd.Scale = WindowScale.FromWire((byte)(_scales >> 4));
        active.SendQueue.Begin(_sndNxt);
        (active.Rcv.Irs, active.Rcv.Nxt, active.Rcv.AckSent, active.Rcv.Edge) = (_irs, _rcvNxt, _rcvNxt, _rcvEdge);
        (active.Rcv.Scale, active.Rcv.Buffer) = (WindowScale.FromWire((byte)(_scales & 15)), _rcvBuffer);
        (active.Rcv.LargestPayload, active.Rcv.QuickAcks) = (_largestPayload, _quickAcks);
        active.Rcv.LastData = _lastDataReceived.Unpack(_lastAckReceived);
        active.Rtt = _rtt.Unpack(_lastAckReceived);
        active.Loss.Reordering = _reordering;
        (active.Ts, active.Ecn, active.WindowUsage) = (_ts, _ecn, _windowUsage);
        (active.LastAckReceived, active.LastDataSent) = (_lastAckReceived, _lastDataSent.Unpack(_lastAckReceived));
        (active.DataReceived, active.DataAcknowledged) = (_dataReceived, _dataAcknowledged);
        active.Retransmissions = _retransmissions;
        active.Limit.Change(SendLimit.NoData, _lastAckReceived);
    }

    /// <summary>
    /// True when nothing is in flight, queued, pending or unread, so that the fields that are not packed are cleared.
    /// </summary>
    private static bool IsIdle(ActiveState active)
    {
        ref var snd = ref active.Snd;
        ref var rcv = ref active.Rcv;
        return active.Listener is null && snd.Una == snd.Nxt && snd.Up is null
            && active.SendQueue is { Length: 0, Memory: 0 } && active.SendQueue.Start == snd.Nxt
            && rcv.AckSent == rcv.Nxt && rcv.Held == 0 && rcv.Up is null && rcv.Fin is null
            && active.ReceiveQueue is { Length: 0, Memory: 0 } && active.OutOfOrder is null or { IsEmpty: true }
            && active.SackGenerator is null && active.Loss.IsIdle && active.Pending.IsEmpty
            && active.CountedMemory == 0 && active.Burst == 0 && active.AcknowledgedForUser == 0;
    }

    private static bool HasSmallValues(ActiveState active) =>
        IsShort(active.Snd.PeerMss) && IsShort(active.Snd.Mss) && IsShort(active.Snd.ProvenMss)
        && IsShort(active.Rcv.LargestPayload) && active.Rcv.QuickAcks is >= 0 and <= byte.MaxValue
        && active.Retransmissions is >= 0 and <= uint.MaxValue;

    private static bool IsShort(int value) => value is >= 0 and <= ushort.MaxValue;

    private bool TrySetTimes(ActiveState active)
    {
        _lastAckReceived = active.LastAckReceived;
        return PackedRtt.TryPack(active.Rtt, _lastAckReceived, out _rtt)
            && PackedTime.TryPack(active.LastDataSent, _lastAckReceived, out _lastDataSent)
            && PackedTime.TryPack(active.Rcv.LastData, _lastAckReceived, out _lastDataReceived);
    }

    private bool Set(ActiveState active)
    {
        ref var snd = ref active.Snd;
        ref var rcv = ref active.Rcv;
        (_iss, _sndNxt, _sndWnd, _wl1, _wl2, _maxWnd) = (snd.Iss, snd.Nxt, snd.Wnd, snd.Wl1, snd.Wl2, snd.MaxWnd);
        (_peerMss, _mss, _provenMss) = ((ushort)snd.PeerMss, (ushort)snd.Mss, (ushort)snd.ProvenMss);
        (_irs, _rcvNxt, _rcvEdge, _rcvBuffer) = (rcv.Irs, rcv.Nxt, rcv.Edge, rcv.Buffer);
        (_largestPayload, _quickAcks) = ((ushort)rcv.LargestPayload, (byte)rcv.QuickAcks);
        _scales = (byte)((snd.Scale.Shift << 4) | rcv.Scale.Shift);
        (_ts, _ecn, _reordering, _windowUsage) = (active.Ts, active.Ecn, active.Loss.Reordering, active.WindowUsage);
        (_dataReceived, _dataAcknowledged) = (active.DataReceived, active.DataAcknowledged);
        _retransmissions = (uint)active.Retransmissions;
        return true;
    }
}
