using System.Diagnostics.CodeAnalysis;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Events;
using UserTcp.Engine.Output;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <summary>
/// A TCP/IP host after RFC 9293 without any input or output of its own. Its caller
/// <list type="number">
/// <item>hands in frames (<see cref="OnFrame(Block, MonotonicTime)"/>), user calls, and the passing of time (<see cref="OnTimer"/>);</item>
/// <item>takes out frames (<see cref="TryEmit"/>) and events (<see cref="TryTakeEvent"/>) until there are none, after each batch of input;</item>
/// <item>comes back by <see cref="NextDeadline"/> at the latest.</item>
/// </list>
/// Input only changes state; output is built from the state. Nothing calls back, except the observer. One thread at a time
/// may use an engine, and everything that belongs to it. <c>now</c> must never go back.
/// </summary>
public sealed class TcpEngine : IDisposable
{
    /// <summary>Octets that <see cref="TryEmit"/> needs for headers: the largest IPv6 and TCP headers that are written.</summary>
    public const int MaxHeaderLength = IpHeader.IPv6Length + TcpHeader.MaxLength;

    private const string Design = "Performance";
    private const string Ca1822 = "CA1822:Mark members as static";
    private const string CallsAreOnTheEngine = "All user calls are calls on the engine.";

    private readonly EngineCore _core;
    private readonly FrameArrives _frames;
    private readonly Timeouts _timeouts;
    private readonly OpenCall _open;
    private readonly DataCalls _data;
    private readonly CloseCall _close;
    private readonly OptionsCall _options;
    private readonly FrameOutput _output;
    private MonotonicTime _lastNow;

    /// <summary>
    /// An engine for a host with the given addresses on one link, or one of several that have the same keys and addresses and are that
    /// host together. Of limits for the host each has a part.
    /// </summary>
    /// <exception cref="ArgumentException">The options, the MTU, the addresses or the share are not valid; the message says which.</exception>
    public TcpEngine(
        EngineOptions options, EngineKeys keys, LinkProperties link, IReadOnlyList<IpAddress> addresses, BlockPool pool,
        IEngineObserver? observer = null, EngineShare? share = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(addresses);
        ArgumentNullException.ThrowIfNull(pool);
        share ??= EngineShare.Whole;
        EngineArguments.Check(options, link, addresses, share);
        _core = new EngineCore(options.For(share), keys, link, new HostAddresses(addresses), pool, share) { Observer = observer };
        _frames = new FrameArrives(_core);
        _timeouts = new Timeouts(_core);
        _open = new OpenCall(_core);
        _data = new DataCalls(_core);
        _close = new CloseCall(_core);
        _options = new OptionsCall(_core);
        _output = new FrameOutput(_core);
    }

    /// <summary>What has been counted; it goes on counting, so keep a <see cref="EngineCounters.Snapshot"/>.</summary>
    public EngineCounters Counters => _core.Counters;

    /// <summary>The connections that are this engine's.</summary>
    public EngineShare Share => _core.Share;

    /// <summary>The addresses of this host.</summary>
    public IReadOnlyList<IpAddress> Addresses => _core.Addresses.All;

    /// <summary>Whoever wants to watch; may be changed at any time on the engine's thread.</summary>
    public IEngineObserver? Observer
    {
        get => _core.Observer;
        set => _core.Observer = value;
    }

    /// <summary>Connections, half-open ones included, TIME-WAIT not.</summary>
    public int ConnectionCount => _core.ConnectionCount;

    /// <summary>Connections that their users have closed and that are not at their end.</summary>
    public int OrphanCount => _core.Orphans;

    /// <summary>Octets of memory that the text of all connections takes; <see cref="EngineOptions.MaxMemory"/> is their limit.</summary>
    public long MemoryHeld => _core.Memory.Held;

    /// <summary>Connections in TIME-WAIT.</summary>
    public int TimeWaitCount => _core.TimeWait.Count;

    /// <summary>Connections that have a timer running, or had one that is yet to be looked at.</summary>
    public int TimerCount => _core.Timers.Count + _core.HalfOpen.Count;

    /// <summary>When <see cref="OnTimer"/> has to be called; <see cref="MonotonicTime.Never"/> when no timer runs.</summary>
    public MonotonicTime NextDeadline => MonotonicTime.Min(
        MonotonicTime.Min(_core.Timers.NextDeadline, _core.HalfOpen.NextDeadline), _core.TimeWait.NextDeadline(_lastNow));

    /// <summary>
    /// When <see cref="TryLookForIdle"/> has something to do; <see cref="MonotonicTime.Never"/> when nothing is left to park. Parking saves
    /// memory and changes nothing else, so it may come late.
    /// </summary>
    public MonotonicTime NextParking => _core.Parking.NextPass;

    /// <summary>Connections that are not parked, half-open ones aside.</summary>
    public int UnparkedCount => _core.Parking.UnparkedCount;

    /// <summary>What all events share, for whoever checks that it agrees with itself.</summary>
    internal EngineCore Core => _core;

    /// <summary>
    /// A frame has arrived: an IP packet, the text of <paramref name="frame"/>. Whatever is wrong with it is counted, never thrown.
    /// </summary>
    /// <returns>True when the engine has kept the block, since its text was worth not copying; else it stays the caller's.</returns>
    public bool OnFrame(Block frame, MonotonicTime now) => OnFrame(frame, now, out _);

    /// <summary>As <see cref="OnFrame(Block, MonotonicTime)"/>, for an engine that is not alone.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="now">The time.</param>
    /// <param name="owner">
    /// The share that the frame is for. When it is not this engine's, nothing has been done but counting
    /// (<see cref="Counter.FramesHandedOver"/>): the caller hands the frame to the engine whose it is.
    /// </param>
    /// <returns>True when the engine has kept the block.</returns>
    public bool OnFrame(Block frame, MonotonicTime now, out int owner)
    {
        ArgumentNullException.ThrowIfNull(frame);
        _lastNow = now;
        return _frames.Handle(frame, now, out owner);
    }

    /// <summary>A frame that <see cref="OnFrame(Block, MonotonicTime, out int)"/> found another's could not be handed over: the link has lost it.</summary>
    public void CountLostHandOver() => _core.Counters.Add(Counter.DroppedHandOver);

    /// <summary>
    /// The share that an active open with these arguments belongs to; this engine's own when it may choose the port, or when the
    /// arguments are wrong, which <see cref="Open"/> says.
    /// </summary>
    /// <param name="localAddress">Our address; null lets the stack choose.</param>
    /// <param name="localPort">Our port; 0 lets the stack choose.</param>
    /// <param name="remoteAddress">The peer's address.</param>
    /// <param name="remotePort">The peer's port.</param>
    public int ShareOf(IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort) =>
        _open.ShareOf(localAddress, localPort, remoteAddress, remotePort);

    /// <summary>Lets time pass: acts on every timer that has expired by <paramref name="now"/>. Early and late calls are harmless.</summary>
    public void OnTimer(MonotonicTime now)
    {
        _lastNow = now;
        _timeouts.Handle(now);
    }

    /// <summary>Builds the next frame to send. Its headers are written into <paramref name="headers"/>, <see cref="MaxHeaderLength"/> octets at least.</summary>
    /// <returns>False when there is nothing to send now.</returns>
    public bool TryEmit(Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        _lastNow = now;
        return _output.TryEmit(headers, now, out emission);
    }

    /// <summary>Takes the next event. False when there is none.</summary>
    public bool TryTakeEvent(out EngineEvent engineEvent) => _core.TryTakeEvent(out engineEvent);

    /// <summary>
    /// Passive OPEN (RFC 9293 section 3.10.1). Port 0 takes a free ephemeral one. An unspecified address listens on all addresses of its
    /// family, :: on those of both.
    /// </summary>
    /// <param name="localAddress">The address to listen on.</param>
    /// <param name="localPort">The port to listen on.</param>
    /// <param name="backlog">Connections that may wait to be accepted; null takes <see cref="EngineOptions.Backlog"/>.</param>
    /// <param name="options">What accepted connections start with.</param>
    /// <param name="listener">The listener, when there is no error.</param>
    public EngineError Listen(IpAddress localAddress, Port localPort, int? backlog, ConnectionOptions options, out Listener? listener)
    {
        ArgumentNullException.ThrowIfNull(options);
        return _open.Passive(localAddress, localPort, backlog, options, out listener);
    }

    /// <summary>The connection that has waited longest to be accepted. Events from before are raised now. False when none waits.</summary>
    public bool TryAccept(Listener listener, out Tcb? connection)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return _data.TryAccept(listener, out connection);
    }

    /// <summary>Ends a listener; connections that nobody has accepted are reset.</summary>
    public void CloseListener(Listener listener, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(listener);
        _lastNow = now;
        _close.CloseListener(listener);
    }

    /// <summary>
    /// Active OPEN (RFC 9293 section 3.10.1). Its outcome is the event <see cref="EngineEvents.Established"/> or
    /// <see cref="EngineEvents.Closed"/>.
    /// </summary>
    /// <param name="localAddress">Our address; null lets the stack choose (MUST-44).</param>
    /// <param name="localPort">Our port; 0 takes a free ephemeral one (RFC 6056).</param>
    /// <param name="remoteAddress">The peer's address.</param>
    /// <param name="remotePort">The peer's port.</param>
    /// <param name="options">What the connection starts with.</param>
    /// <param name="now">The time.</param>
    /// <param name="connection">The connection, when there is no error.</param>
    public EngineError Open(
        IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort, ConnectionOptions options, MonotonicTime now,
        out Tcb? connection)
    {
        ArgumentNullException.ThrowIfNull(options);
        _lastNow = now;
        return _open.Active(localAddress, localPort, remoteAddress, remotePort, options, now, out connection);
    }

    /// <summary>
    /// Octets of text that an active open with <see cref="ConnectionOptions.FastOpen"/> would send in its SYN now, if it is given as much right
    /// after <see cref="Open"/>; 0 when the peer's cookie is not known (RFC 7413 section 4.1.3).
    /// </summary>
    public int GetFastOpenRoom(IpAddress remoteAddress, MonotonicTime now) => _open.RoomInSyn(remoteAddress, now);

    /// <summary>SEND (RFC 9293 section 3.10.2): appends a chain of blocks, which are the engine's from now on, whatever the result.</summary>
    /// <returns>False when the connection cannot send any more.</returns>
    public bool Send(Tcb connection, Block first, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _lastNow = now;
        return _data.Send(connection, first);
    }

    /// <summary>Octets acknowledged by the peer since the last call: room that the user may fill again.</summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public int TakeAcknowledged(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return DataCalls.TakeAcknowledged(connection);
    }

    /// <summary>
    /// RECEIVE (RFC 9293 section 3.10.3): takes all text that is there, as a chain of blocks that are the caller's from now on; null when
    /// there is none. It counts against the receive window until <see cref="Consumed"/>. Also after the connection has ended.
    /// </summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public Block? Receive(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return DataCalls.Receive(connection);
    }

    /// <summary>The user is done with that many octets of what it took: the window may open.</summary>
    public void Consumed(Tcb connection, int octets, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _lastNow = now;
        _data.Consumed(connection, octets, now);
    }

    /// <summary>Octets of received text that the connection holds for its user at most now; grows, unless its options say how many.</summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public int GetReceiveBufferSize(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.Rcv.Buffer;
    }

    /// <summary>
    /// Octets that the connection's user should have queued for sending at most now: twice the congestion window, between
    /// <see cref="EngineOptions.InitialSendBufferSize"/> and <see cref="EngineOptions.SendBufferSize"/>, unless its options say how many.
    /// What was room once may be filled, so a user keeps the greatest that it has seen.
    /// </summary>
    public int GetSendBufferSize(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return BufferGrowth.SendBuffer(_core, connection);
    }

    /// <summary>Half of CLOSE (RFC 9293 section 3.10.4): FIN follows what is queued; receiving goes on.</summary>
    public void Shutdown(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _lastNow = now;
        _close.Shutdown(connection);
    }

    /// <summary>
    /// CLOSE (RFC 9293 section 3.10.4): FIN follows what is queued, and the user will not read. With text unconsumed, or when text
    /// arrives later, RST (SHLD-3). The only event that still comes is <see cref="EngineEvents.Closed"/>.
    /// </summary>
    public void Close(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _lastNow = now;
        _close.Close(connection, now);
    }

    /// <summary>ABORT (RFC 9293 section 3.10.5): RST, and what is queued is dropped.</summary>
    public void Abort(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _lastNow = now;
        _close.Abort(connection);
    }

    /// <summary>Changes what is set for a connection. Buffer sizes stay as they were at its open.</summary>
    public void SetOptions(Tcb connection, ConnectionOptions options, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        _lastNow = now;
        _options.Set(connection, options);
    }

    /// <summary>
    /// SEND with the URGENT flag, for what has been given to <see cref="Send"/> so far: its end is the urgent mark (RFC 9293 section
    /// 3.8.5). The peer is told at once, whatever its window. New applications should do without it (SHLD-13).
    /// </summary>
    public void MarkUrgent(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _lastNow = now;
        _data.MarkUrgent(connection);
    }

    /// <summary>
    /// Looks at the next connection that is not parked. To be called until it is false, or a few times in each turn.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="idle">
    /// The connection when it has been idle for <see cref="EngineOptions.ParkAfter"/>, else null: its user tells what it has consumed, and
    /// parks it by <see cref="TryPark"/>.
    /// </param>
    /// <returns>False when there is nothing to look at before <see cref="NextParking"/>.</returns>
    public bool TryLookForIdle(MonotonicTime now, out Tcb? idle)
    {
        _lastNow = now;
        return _core.Parking.TryLook(now, out idle);
    }

    /// <summary>Parks a connection; whatever happens to it unparks it. False when it is not idle.</summary>
    public bool TryPark(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return _core.TryPark(connection);
    }

    /// <summary>
    /// The connections there are now, half-open ones aside, and those at their end with an event that has not been
    /// taken.
    /// </summary>
    public IReadOnlyList<Tcb> GetConnections() => [.. _core.Connections.All(), .. _core.EndedWithEvents];

    /// <summary>STATUS of one connection (RFC 9293 section 3.10.6).</summary>
    public ConnectionSnapshot GetSnapshot(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Snapshots.Of(_core, connection, _lastNow);
    }

    /// <summary>STATUS of everything: listeners, connections, and what is in TIME-WAIT.</summary>
    public IReadOnlyList<ConnectionSnapshot> GetSnapshots(MonotonicTime now) => Snapshots.Of(_core, now);

    /// <summary>Gives all blocks back without sending anything. The engine must not be used afterwards.</summary>
    public void Dispose()
    {
        foreach (var tcb in new List<Tcb>(_core.Connections.All()))
        {
            tcb.IsOrphan = true;
            _core.Delete(tcb, EngineError.ConnectionAborted);
        }

        // Connections that ended while they waited to be accepted are in no table, yet hold what they received.
        foreach (var listener in _core.Listeners.All)
        {
            foreach (var tcb in listener.Accepted)
                Block.ReleaseChain(tcb.ReceiveQueue.TakeAll());
        }

        _output.Dispose();
    }
}
