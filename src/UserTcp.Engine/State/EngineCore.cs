using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.FastOpen;
using UserTcp.Engine.Faults;
using UserTcp.Engine.Input;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tables;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>What all events of an engine share: its tables and queues, and the few things that several events do to a connection.</summary>
internal sealed class EngineCore(
    EngineOptions options, EngineKeys keys, LinkProperties link, HostAddresses addresses, BlockPool pool, EngineShare share)
{
    // Of a tick; a further one could be replayed, which takes an old duplicate of an ACK within two minutes.
    private const int MaxSpentCookies = 1 << 16;

    private FaultBarrier? _faults;
    private readonly Queue<Tcb> _output = new();
    private readonly Queue<Tcb> _connectionEvents = new();
    private readonly Queue<Listener> _listenerEvents = new();

    public EngineOptions Options { get; } = options;

    public EngineKeys Keys { get; } = keys;

    public LinkProperties Link { get; } = link;

    public HostAddresses Addresses { get; } = addresses;

    public BlockPool Pool { get; } = pool;

    /// <summary>The connections that are this engine's.</summary>
    public EngineShare Share { get; } = share;

    public EngineCounters Counters { get; } = new();

    public IEngineObserver? Observer { get; set; }

    public ConnectionTable Connections { get; } = new(keys.Table);

    /// <summary>Passive opens at rest; they are in no other table meanwhile.</summary>
    public HalfOpenTable HalfOpen { get; } = new(keys.Table, addresses, options.HalfOpenTimeout);

    /// <summary>Connections, half-open ones included, TIME-WAIT not.</summary>
    public int ConnectionCount => Connections.Count + HalfOpen.Count;

    public FastOpenCookies FastOpen { get; } = new(keys.FastOpen, options.MaxFastOpenCookies);

    public SpentCookies SpentCookies { get; } = new(MaxSpentCookies);

    public ListenerTable Listeners { get; } = new();

    public TimeWaitTable TimeWait { get; } = new(keys.Table, addresses, options.MaxTimeWait, 2 * options.MaxSegmentLifetime);

    public TimerQueue Timers { get; } = new();

    public FlightPool Flights { get; } = new();

    public Parking Parking { get; } = new(options.ParkAfter);

    public ReplyQueue Replies { get; } = new(options.MaxPendingReplies);

    public MemoryAccount Memory { get; } = new(options.MaxMemory ?? EngineOptions.DefaultMaxMemory);

    /// <summary>The connection that is being handled, which a fault costs; null when there is none.</summary>
    public Tcb? Handling { get; private set; }

    /// <summary>What is being handled is of no connection, and looks at nothing that connections share: a fault costs one frame.</summary>
    public bool IsStateless { get; private set; }

    /// <summary>Something that connections share was left half changed: no fault can be contained.</summary>
    public bool IsSharedStateBroken => Connections.IsChanging || Timers.IsChanging || HalfOpen.IsChanging || TimeWait.IsChanging;

    /// <summary>What keeps a fault to one connection.</summary>
    public FaultBarrier Faults => _faults ??= new FaultBarrier(this);

    /// <summary>Plants faults; null but in tests of them.</summary>
    public IFaultInjector? Injector { get; set; }

    /// <summary>Connections that their users have left and that are not at their end.</summary>
    public int Orphans { get; private set; }

    /// <summary>Connections that are in no table any more, and of which the user has yet to hear that.</summary>
    public IEnumerable<Tcb> EndedWithEvents => _connectionEvents.Where(tcb => !tcb.IsLive);

    /// <summary>A connection is handled from now on: a fault costs it.</summary>
    public void Handle(Tcb tcb)
    {
        Handling = tcb;
        IsStateless = false;
        tcb.Unpark();
    }

    /// <summary>What connections share is looked at from now on: a fault costs all of them.</summary>
    public void HandleShared()
    {
        Handling = null;
        IsStateless = false;
    }

    /// <summary>What belongs to no connection is handled from now on: a fault costs a frame.</summary>
    public void HandleStateless()
    {
        Handling = null;
        IsStateless = true;
    }

    /// <summary>A place where tests plant faults.</summary>
    public void At(FaultPoint point) => Injector?.At(point, Handling);

    /// <summary>What every table finds a tuple by, and what says whose it is.</summary>
    public ulong HashOf(in FourTuple tuple) => SipHash24.Hash(Keys.Table, tuple);

    /// <summary>Whether a connection with that tuple is this engine's.</summary>
    public bool Owns(in FourTuple tuple) => Share.Count == 1 || Share.OwnerOf(HashOf(tuple)) == Share.Index;

    /// <summary>A new connection in SYN-RECEIVED has the tuple of an entry in TIME-WAIT, which comes back if the handshake fails.</summary>
    public bool IsReopening(int timeWait)
    {
        if (!TimeWait.At(timeWait).IsReopened)
            return false;
        var tuple = TimeWait.TupleAt(timeWait);
        return Connections.Find(tuple) is not null || HalfOpen.Find(tuple) >= 0;
    }

    /// <summary>Makes what a connection holds now known.</summary>
    public void UpdateMemory(Tcb tcb)
    {
        if (tcb.IsLive)
            Memory.Update(ref tcb.CountedMemory, tcb.Memory);
    }

    /// <summary>One more connection without a user. False when there are too many, or no memory for those that still have text.</summary>
    public bool TryAddOrphan(Tcb tcb)
    {
        if (tcb.IsCountedOrphan)
            return true;
        if (Orphans >= Options.MaxOrphans || (Memory.IsExhausted && tcb.SendQueue.Length > 0))
            return false;
        tcb.IsCountedOrphan = true;
        Orphans++;
        return true;
    }

    /// <summary>Makes a connection's changed timers known.</summary>
    public void UpdateTimers(Tcb tcb)
    {
        if (tcb.IsLive)
            Timers.Update(tcb);
    }

    /// <summary>The connection may have something to send: it is asked at the next emission.</summary>
    public void ScheduleOutput(Tcb tcb)
    {
        if (tcb.HasQueuedOutput || !tcb.IsLive)
            return;
        tcb.HasQueuedOutput = true;
        _output.Enqueue(tcb);
    }

    public bool TryDequeueOutput(out Tcb tcb)
    {
        while (_output.TryDequeue(out tcb!))
        {
            tcb.HasQueuedOutput = false;
            if (tcb.IsLive)
                return true;
        }

        return false;
    }

    /// <summary>Tells the user. Before a connection is accepted its events are kept for later.</summary>
    public void Raise(Tcb tcb, EngineEvents events)
    {
        if (tcb.IsOrphan)
            events &= EngineEvents.WritesClosed | EngineEvents.Closed;
        // SHLD-20: whoever does not want to hear of them does not.
        if (!tcb.Options.ReportsSoftErrors)
            events &= ~EngineEvents.SoftError;
        tcb.PendingEvents |= events;
        if (tcb.PendingEvents == EngineEvents.None || tcb.HasQueuedEvent || tcb.Listener is not null)
            return;
        tcb.HasQueuedEvent = true;
        _connectionEvents.Enqueue(tcb);
    }

    public void RaiseAcceptable(Listener listener)
    {
        if (listener.HasPendingEvent)
            return;
        listener.HasPendingEvent = true;
        _listenerEvents.Enqueue(listener);
    }

    public bool TryDequeueEvent(out EngineEvent engineEvent)
    {
        if (_listenerEvents.TryDequeue(out var listener))
        {
            listener.HasPendingEvent = false;
            engineEvent = new EngineEvent(null, listener, EngineEvents.Acceptable);
            return true;
        }

        if (!_connectionEvents.TryDequeue(out var tcb))
        {
            engineEvent = default;
            return false;
        }

        tcb.HasQueuedEvent = false;
        engineEvent = new EngineEvent(tcb, null, tcb.PendingEvents);
        tcb.PendingEvents = EngineEvents.None;
        return true;
    }

    public void Add(Tcb tcb)
    {
        tcb.IsLive = true;
        Handle(tcb);
        Connections.Add(tcb);
        Parking.Add(tcb);
    }

    /// <summary>Deletes the TCB: the connection is CLOSED, for the reason given.</summary>
    public void Delete(Tcb tcb, EngineError error)
    {
        if (!tcb.IsLive)
            return;
        Close(tcb, error);
        Forget(tcb);
    }

    /// <summary>
    /// Removes a connection that has had a fault, whatever state it is in: from the tables and from what is counted. Its queues are left to the
    /// caller, its flight to the garbage collector. What has been removed already only gives back what it still counts for.
    /// </summary>
    public void Expel(Tcb tcb)
    {
        var wasLive = tcb.IsLive;
        if (wasLive)
            Close(tcb, EngineError.InternalFault);
        Detach(tcb);
        Settle(tcb);
        tcb.Loss.Flight = null;
        if (!wasLive)
            return;
        // Nothing else: the end of a stream whose data is lost would look like an orderly one.
        tcb.PendingEvents = EngineEvents.None;
        Raise(tcb, EngineEvents.Closed);
    }

    /// <summary>Moves the connection into the TIME-WAIT table (RFC 9293 section 3.6.1); for its user it is over.</summary>
    public void EnterTimeWait(Tcb tcb, MonotonicTime now)
    {
        Transitions.Move(tcb, TcpState.TimeWait);
        Counters.Add(Counter.TimeWaits);
        var window = tcb.Rcv.Scale.ToField(tcb.Rcv.Wnd);
        // The TCB is about to go, so an ACK that it owes leaves as a reply: of the FIN, which nothing else would acknowledge.
        if (tcb.Pending.Ack != SegmentReason.None)
        {
            var header = new TcpHeader(tcb.Tuple.LocalPort, tcb.Tuple.RemotePort, tcb.Snd.Nxt, tcb.Rcv.Nxt, TcpFlags.Ack, window);
            Replies.AddLast(tcb, header, tcb.Pending.Ack);
        }

        if (TimeWait.Add(tcb.Tuple, tcb.Snd.Nxt, tcb.Rcv.Nxt, window, now, tcb.Ts.Echo))
            Counters.Add(Counter.TimeWaitOverflows);
        Forget(tcb);
    }

    /// <summary>
    /// Queues a RST that acknowledges what we have. Section 3.10.5 of RFC 9293 gives it SND.NXT; a window that has been shrunk below
    /// that moves it to where the peer looks at it, since a RST elsewhere is dropped without an answer. Linux does the same.
    /// </summary>
    public void SendReset(Tcb tcb, SegmentReason reason)
    {
        var header = new TcpHeader(
            tcb.Tuple.LocalPort, tcb.Tuple.RemotePort, tcb.AcceptableSeq, tcb.Rcv.Nxt, TcpFlags.Rst | TcpFlags.Ack, 0);
        Replies.AddLast(tcb, header, reason);
    }

    /// <summary>Queues a segment that belongs to no connection, or leaves it as it is; <paramref name="tsEcho"/> where timestamps are used.</summary>
    public void Reply(in FourTuple tuple, in TcpHeader header, SegmentReason reason, uint? tsEcho = null)
    {
        if (!Replies.TryAdd(tuple, header, reason, tsEcho))
            Counters.Add(Counter.DroppedReply);
    }

    /// <summary>What the receive buffer of a connection may grow to; what its user has set is as it is (SO_RCVBUF).</summary>
    public int MaxReceiveBuffer(Tcb tcb) => MaxReceiveBuffer(tcb.Options);

    /// <inheritdoc cref="MaxReceiveBuffer(Tcb)"/>
    public int MaxReceiveBuffer(ConnectionOptions connection) => connection.ReceiveBufferSize ?? Options.ReceiveBufferSize;

    /// <summary>
    /// Bytes of room that a window may tell of: with memory short, four segments (Linux does the same), and never more than a quarter of
    /// what is free, so that one peer cannot be offered what many need.
    /// </summary>
    public int WindowCeiling(Tcb tcb)
    {
        var few = 4 * MssOfLink(tcb.Tuple.LocalAddress);
        return Memory.IsUnderPressure ? few : (int)Math.Clamp((Memory.Limit - Memory.Used) / 4, few, int.MaxValue);
    }

    /// <summary>Eff.snd.MSS: what the link carries and what the peer takes, less the options that each segment has (MUST-16, RFC 6691).</summary>
    public int EffectiveSendMss(Tcb tcb) => Math.Min(tcb.Snd.PeerMss, MssOfLink(tcb.Tuple.LocalAddress)) - tcb.Ts.Overhead;

    /// <summary>The MSS that we announce: MMS_R less 20 (MUST-67).</summary>
    public int MssOfLink(IpAddress address) => Link.Mtu - IpHeader.LengthFor(address) - TcpHeader.MinLength;

    /// <summary>Takes the TCB out of the tables, and leaves it as it is.</summary>
    public void Detach(Tcb tcb)
    {
        tcb.IsLive = false;
        Timers.Remove(tcb);
        Parking.Remove(tcb);
        Connections.Remove(tcb);
    }

    /// <summary>Parks a connection; whatever happens to it unparks it. False when it has something to do, or to tell its user.</summary>
    public bool TryPark(Tcb tcb)
    {
        // Timers that have been stopped may be in the queue still.
        if (tcb is { IsParked: false, IsLive: true } && tcb.Timers.Running is { } running && running.Earliest == MonotonicTime.Never)
            Timers.Remove(tcb);
        return Parking.TryPark(tcb);
    }

    /// <summary>The connection gives its flight back, if it has one.</summary>
    public void ReleaseFlight(Tcb tcb)
    {
        if (tcb.Loss.Flight is { } flight)
            Flights.Return(flight);
        tcb.Loss.Flight = null;
    }

    private void Forget(Tcb tcb)
    {
        Detach(tcb);
        // First of all: a fault in what follows finds a connection whose user has been told.
        Raise(tcb, EngineEvents.Closed);
        Settle(tcb);
        ReleaseFlight(tcb);
        tcb.SendQueue.Clear();
        var outOfOrder = tcb.OutOfOrder;
        tcb.OutOfOrder = null;
        tcb.SackGenerator = null;
        outOfOrder?.Clear();
        if (tcb.IsOrphan)
            Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
    }

    private void Close(Tcb tcb, EngineError error)
    {
        if (tcb.IsOpenEarly)
            FastOpenListen.End(tcb);
        else if (tcb.State == TcpState.SynReceived && tcb.Listener is { } listener)
            listener.HalfOpen--;
        if (!tcb.IsSynchronized)
            Counters.Add(Counter.AttemptFails);
        tcb.Error = error;
        Transitions.Move(tcb, TcpState.Closed);
    }

    /// <summary>The connection no longer counts for any limit.</summary>
    private void Settle(Tcb tcb)
    {
        Memory.Update(ref tcb.CountedMemory, 0);
        if (tcb.IsCountedOrphan)
            Orphans--;
        tcb.IsCountedOrphan = false;
    }
}
