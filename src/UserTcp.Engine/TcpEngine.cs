using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Calls;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Faults;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Input;
using UserTcp.Engine.Output;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Timeouts;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <summary>
/// A TCP/IP host after RFC 9293 without any input or output of its own. Its caller
/// <list type="number">
/// <item>hands in frames (<see cref="OnFrame(Block, MonotonicTime)"/>), user calls, and the passing of time (<see cref="OnTimer"/>);</item>
/// <item>takes out frames (<see cref="TryEmit"/>) and events (<see cref="TryDequeueEvent"/>) until there are none, after each batch of input;</item>
/// <item>comes back by <see cref="NextDeadline"/> at the latest.</item>
/// </list>
/// Input only changes state; output is built from the state. Nothing calls back, except the observer. One thread at a time
/// may use an engine, and everything that belongs to it. <c>now</c> must never go back.
/// </summary>
public sealed partial class TcpEngine : IDisposable
{
    /// <summary>Octets that <see cref="TryEmit"/> needs for headers: the largest IPv6 and TCP headers that are written.</summary>
    public const int MaxHeaderLength = IpHeader.IPv6Length + TcpHeader.MaxLength;

    private readonly EngineState _state;
    private readonly FaultBarrier _faults;
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
        _state = new EngineState(options.For(share), keys, link, new HostAddresses(addresses, link.BroadcastAddresses), pool, share) { Observer = observer };
        _faults = new FaultBarrier(_state);
        _output = new FrameOutput(_state);
    }

    /// <summary>What has been counted; it goes on counting, so keep a <see cref="EngineCounters.Snapshot"/>.</summary>
    public EngineCounters Counters => _state.Counters;

    /// <summary>The connections that are this engine's.</summary>
    public EngineShare Share => _state.Share;

    /// <summary>The addresses of this host.</summary>
    public IReadOnlyList<IpAddress> Addresses => _state.Addresses.All;

    /// <summary>Whoever wants to watch; may be changed at any time on the engine's thread.</summary>
    public IEngineObserver? Observer
    {
        get => _state.Observer;
        set => _state.Observer = value;
    }

    /// <summary>Connections, half-open ones included, TIME-WAIT not.</summary>
    public int ConnectionCount => _state.ConnectionCount;

    /// <summary>Connections that their users have closed and that are not at their end.</summary>
    public int OrphanCount => _state.Orphans;

    /// <summary>Bytes of memory that the data of this engine's connections takes.</summary>
    public long MemoryHeld => _state.Memory.Held;

    /// <summary>How short memory is, by <see cref="EngineOptions.MaxMemory"/> or what <see cref="ShareMemory"/> was told last.</summary>
    public MemoryState MemoryState => _state.Memory.State;

    /// <summary>Connections in TIME-WAIT.</summary>
    public int TimeWaitCount => _state.TimeWait.Count;

    /// <summary>Connections that have a timer running, or had one that is yet to be looked at.</summary>
    public int TimerCount => _state.Timers.Count + _state.HalfOpen.Count;

    /// <summary>When <see cref="OnTimer"/> has to be called; <see cref="MonotonicTime.Never"/> when no timer runs.</summary>
    public MonotonicTime NextDeadline => MonotonicTime.Min(
        MonotonicTime.Min(_state.Timers.NextDeadline, _state.HalfOpen.NextDeadline), _state.TimeWait.NextDeadline(_lastNow));

    /// <summary>
    /// Tells an engine whose memory is a part of something larger how much of that is in use. To be repeated once a turn; in between the
    /// engine adds its own changes. From then on <see cref="EngineOptions.MaxMemory"/> is not looked at.
    /// </summary>
    /// <param name="used">Bytes in use, those of this engine's connections included.</param>
    /// <param name="limit">Bytes that may be used.</param>
    public void ShareMemory(long used, long limit) => _state.Memory.Share(used, limit);

    /// <summary>
    /// When <see cref="TryLookForIdle"/> has something to do; <see cref="MonotonicTime.Never"/> when nothing is left to park. Parking saves
    /// memory and changes nothing else, so it may come late.
    /// </summary>
    public MonotonicTime NextParking => _state.Parking.NextPass;

    /// <summary>Connections that are not parked, half-open ones aside.</summary>
    public int UnparkedCount => _state.Parking.UnparkedCount;

    /// <summary>What all events share, for whoever checks that it agrees with itself.</summary>
    internal EngineState State => _state;

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
        try
        {
            return FrameInput.Handle(_state, frame, now, out owner);
        }
        catch (Exception fault)
        {
            // A frame that got as far as to have a fault was this engine's.
            owner = Share.Index;
            Contain(fault, frame, out var isKept);
            return isKept;
        }
    }

    /// <summary>A frame that the device did not take: as good as lost on the link.</summary>
    public void CountLostWrite() => _state.Counters.Add(Counter.DroppedByDevice);

    /// <summary>A frame that <see cref="OnFrame(Block, MonotonicTime, out int)"/> found another's could not be handed over: the link has lost it.</summary>
    public void CountLostHandOver() => _state.Counters.Add(Counter.DroppedHandOver);

    /// <summary>
    /// The share that an active open with these arguments belongs to; this engine's own when it may choose the port, or when the
    /// arguments are wrong, which <see cref="Open"/> says.
    /// </summary>
    /// <param name="localAddress">Our address; null lets the stack choose.</param>
    /// <param name="localPort">Our port; 0 lets the stack choose.</param>
    /// <param name="remoteAddress">The peer's address.</param>
    /// <param name="remotePort">The peer's port.</param>
    public int ShareOf(IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort) =>
        OpenCall.ShareOf(_state, localAddress, localPort, remoteAddress, remotePort);

    /// <summary>Lets time pass: acts on every timer that has expired by <paramref name="now"/>. Early and late calls are harmless.</summary>
    public void OnTimer(MonotonicTime now)
    {
        _lastNow = now;
        for (var isDone = false; !isDone;)
        {
            try
            {
                TimerExpiry.Handle(_state, now);
                isDone = true;
            }
            catch (Exception fault)
            {
                Contain(fault);
            }
        }
    }

    /// <summary>Builds the next frame to send. Its headers are written into <paramref name="headers"/>, <see cref="MaxHeaderLength"/> octets at least.</summary>
    /// <returns>False when there is nothing to send now.</returns>
    public bool TryEmit(Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        _lastNow = now;
        while (true)
        {
            try
            {
                return _output.TryEmit(headers, now, out emission);
            }
            catch (Exception fault)
            {
                // The next connection has its turn.
                Contain(fault);
            }
        }
    }

    /// <summary>Takes the report of a fault that has been contained, oldest first; of many at once some are only counted. False when there is none.</summary>
    public bool TryDequeueFault([NotNullWhen(true)] out ConnectionFault? fault) => _faults.TryDequeueReport(out fault);

    /// <summary>
    /// The caller has had a fault of its own while it handled a connection for its user: it is treated as if the engine had had it. Without a
    /// connection it counts as the fault of a frame.
    /// </summary>
    /// <exception cref="Exception">The fault itself, where none is contained (<see cref="EngineOptions.MaxConnectionFaults"/>).</exception>
    /// <exception cref="EngineFaultException">There were too many faults.</exception>
    public void ReportFault(Tcb? connection, Exception fault, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(fault);
        _lastNow = now;
        if (connection is null)
            _state.Current.EnterStateless();
        else
            _state.Current.Enter(connection);
        Contain(fault);
    }

    /// <summary>Takes the next event. False when there is none.</summary>
    public bool TryDequeueEvent(out EngineEvent engineEvent) => _state.Events.TryDequeue(out engineEvent);

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
        return _state.Parking.TryLook(now, out idle);
    }

    /// <summary>Parks a connection; whatever happens to it unparks it. False when it is not idle.</summary>
    public bool TryPark(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Lifecycle.TryPark(_state, connection);
    }

    /// <summary>
    /// The connections there are now, half-open ones aside, and those at their end with an event that has not been
    /// taken.
    /// </summary>
    public IReadOnlyList<Tcb> GetConnections() => [.. _state.Connections.All(), .. _state.Events.Ended];

    /// <summary>STATUS of one connection (RFC 9293 section 3.10.6).</summary>
    public ConnectionSnapshot GetSnapshot(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Snapshots.Of(_state, connection, _lastNow);
    }

    /// <summary>STATUS of everything: listeners, connections, and what is in TIME-WAIT.</summary>
    public IReadOnlyList<ConnectionSnapshot> GetSnapshots(MonotonicTime now) => Snapshots.Of(_state, now);

    /// <summary>Gives all blocks back without sending anything. The engine must not be used afterwards.</summary>
    public void Dispose()
    {
        foreach (var tcb in new List<Tcb>(_state.Connections.All()))
        {
            tcb.IsOrphan = true;
            tcb.Unpark();
            try
            {
                Lifecycle.Delete(_state, tcb, EngineError.ConnectionAborted);
            }
            catch (Exception)
            {
                // What cannot be given back is struck off, and the others are given back.
                _faults.Discard(tcb);
            }
        }

        // Connections that ended while they waited to be accepted are in no table, yet hold what they received.
        foreach (var listener in _state.Listeners.All)
        {
            foreach (var tcb in listener.Accepted)
                Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
        }

        _output.Dispose();
    }

    private void Contain(Exception fault) => Contain(fault, loose: null, out _);

    private void Contain(Exception fault, Block? loose, out bool isLooseTaken)
    {
        if (!_faults.TryContain(fault, _lastNow, loose, out isLooseTaken))
            ExceptionDispatchInfo.Throw(fault);
    }
}
