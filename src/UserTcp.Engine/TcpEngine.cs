using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Calls;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Faults;
using UserTcp.Engine.Input;
using UserTcp.Engine.Output;
using UserTcp.Engine.Recording;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Timeouts;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <summary>
/// A TCP/IP host after RFC 9293 without I/O, threads or a clock. Its caller
/// <list type="number">
/// <item>passes in frames (<see cref="OnFrame(Block, MonotonicTime)"/>), user calls, and the time
/// (<see cref="OnTimer"/>);</item>
/// <item>after each batch of input, dequeues frames (<see cref="TryEmit"/>) and events (<see cref="TryDequeueEvent"/>)
/// until there are none;</item>
/// <item>calls again by <see cref="NextDeadline"/> at the latest.</item>
/// </list>
/// Input changes state only; output is built from the state. The engine calls nobody back, except the observer. Only
/// one thread at a time may use an engine and the objects that belong to it. <c>now</c> must never decrease.
/// </summary>
public sealed partial class TcpEngine : IDisposable
{
    /// <summary>
    /// Bytes that <see cref="TryEmit"/> needs for headers: an IPv6 header and the largest TCP header.
    /// </summary>
    public const int MaxHeaderLength = IpHeader.IPv6Length + TcpHeader.MaxLength;

    private readonly EngineState _state;
    private readonly FaultBarrier _faults;
    private readonly FrameOutput _output;

    /// <summary>
    /// Creates the engine of a host with the given addresses on one link. Several engines with the same keys and
    /// addresses can be one host; each then has its share of the host's limits.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The options, the MTU, the addresses or the share are not valid; the message says which.
    /// </exception>
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
        var hostAddresses = new HostAddresses(addresses, link);
        _state = new EngineState(options.For(share), keys, link, hostAddresses, pool, share);
        _state.Trace.Observer = observer;
        _faults = new FaultBarrier(_state);
        _output = new FrameOutput(_state);
    }

    /// <summary>The live counters; <see cref="EngineCounters.Snapshot"/> copies them.</summary>
    public EngineCounters Counters => _state.Counters;

    /// <summary>Which connections of the host belong to this engine.</summary>
    public EngineShare Share => _state.Share;

    /// <summary>The addresses of this host.</summary>
    public IReadOnlyList<IpAddress> Addresses => _state.Addresses.Own;

    /// <summary>The observer; may be changed at any time on the engine's thread.</summary>
    public IEngineObserver? Observer
    {
        get => _state.Trace.Observer;
        set => _state.Trace.Observer = value;
    }

    /// <summary>Gets the inputs of this engine, so that they can be run again; null records nothing.</summary>
    public IEngineRecorder? Recorder { get; init; }

    /// <summary>
    /// Tells an observer that is ready again how many events it has missed. Otherwise the next event does.
    /// </summary>
    public void ReportMissedEvents() => _state.Trace.ReportMissed();

    /// <summary>Connections, half-open ones included, TIME-WAIT not.</summary>
    public int ConnectionCount => _state.ConnectionCount;

    /// <summary>Connections whose application has closed them and that have not ended.</summary>
    public int OrphanCount => _state.Orphans;

    /// <summary>Bytes of memory held by the data of this engine's connections.</summary>
    public long MemoryHeld => _state.Memory.Held;

    /// <summary>
    /// Memory pressure by the limit: <see cref="EngineOptions.MaxMemory"/>, or that of <see cref="ShareMemory"/>.
    /// </summary>
    public MemoryState MemoryState => _state.Memory.State;

    /// <summary>UDP endpoints.</summary>
    public int UdpEndpointCount => _state.Udp.Count;

    /// <summary>Connections in TIME-WAIT.</summary>
    public int TimeWaitCount => _state.TimeWait.Count;

    /// <summary>Entries in the timer queue and the SYN queue. A timer that was stopped may still be counted.</summary>
    public int TimerCount => _state.Timers.Count + _state.HalfOpen.Count;

    /// <summary>When to call <see cref="OnTimer"/>; <see cref="MonotonicTime.Never"/> when no timer runs.</summary>
    public MonotonicTime NextDeadline => MonotonicTime.Min(
        MonotonicTime.Min(_state.Timers.NextDeadline, _state.HalfOpen.NextDeadline),
        MonotonicTime.Min(_state.Fragments.NextDeadline, _state.TimeWait.NextDeadline(_state.Trace.Now)));

    /// <summary>
    /// Sets usage and limit of memory that this engine shares with others; to be called once a turn. In between, the
    /// engine adds its own changes. <see cref="EngineOptions.MaxMemory"/> is ignored from then on.
    /// </summary>
    /// <param name="used">Bytes in use, including those of this engine's connections.</param>
    /// <param name="limit">Bytes that may be in use.</param>
    public void ShareMemory(long used, long limit)
    {
        Recorder?.OnShareMemory(used - _state.Memory.Held, limit);
        _state.Memory.Share(used, limit);
    }

    /// <summary>
    /// When to call <see cref="TryLookForIdle"/>; <see cref="MonotonicTime.Never"/> when all connections are parked.
    /// Parking only saves memory, so the call may be late.
    /// </summary>
    public MonotonicTime NextParking => _state.Parking.NextPass;

    /// <summary>Connections that are not parked, without those in the SYN queue.</summary>
    public int UnparkedCount => _state.Parking.UnparkedCount;

    /// <summary>The engine's state, for tests, the simulation and the fuzzer.</summary>
    internal EngineState State => _state;

    /// <summary>
    /// Handles a frame: an IP packet, the content of <paramref name="frame"/>. A malformed frame is counted and
    /// dropped.
    /// </summary>
    /// <returns>
    /// True when the engine keeps the block, to queue its data without a copy. Else the caller owns it.
    /// </returns>
    public bool OnFrame(Block frame, MonotonicTime now) => OnFrame(frame, now, out _);

    /// <summary>As <see cref="OnFrame(Block, MonotonicTime)"/>, for a host of several engines.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="now">The time.</param>
    /// <param name="owner">
    /// The share that the frame is for. The frame of another share is only counted
    /// (<see cref="Counter.FramesHandedOver"/>): the caller hands it to that engine.
    /// </param>
    /// <returns>True when the engine keeps the block.</returns>
    public bool OnFrame(Block frame, MonotonicTime now, out int owner)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Recorder?.OnFrame(frame, now);
        _state.Trace.Now = now;
        bool isKept;
        try
        {
            isKept = FrameInput.Handle(_state, frame, now, out owner);
        }
        catch (Exception fault)
        {
            // Only a frame of this engine's share is handled far enough to cause a fault.
            owner = Share.Index;
            Contain(fault, frame, out isKept);
        }

        if (Recorder is { } recorder && owner != Share.Index)
            recorder.OnFrameNotOwned();
        AssertInvariants();
        return isKept;
    }

    /// <summary>Counts a frame that the device did not accept: it is lost, as if on the link.</summary>
    public void CountLostWrite()
    {
        Recorder?.OnLostFrame(isHandOver: false);
        _state.Counters.Add(Counter.DroppedByDevice);
    }

    /// <summary>
    /// Counts a frame for another share that could not be handed over: it is lost, as if on the link.
    /// </summary>
    public void CountLostHandOver()
    {
        Recorder?.OnLostFrame(isHandOver: true);
        _state.Counters.Add(Counter.DroppedHandOver);
    }

    /// <summary>
    /// The share that an active open with these arguments belongs to. It is this engine's own when the engine chooses
    /// the port, and when <see cref="Open"/> will reject the arguments.
    /// </summary>
    /// <param name="localAddress">Our address; null lets the engine choose.</param>
    /// <param name="localPort">Our port; 0 lets the engine choose.</param>
    /// <param name="remoteAddress">The peer's address.</param>
    /// <param name="remotePort">The peer's port.</param>
    public int ShareOf(IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort) =>
        OpenCall.ShareOf(_state, localAddress, localPort, remoteAddress, remotePort);

    /// <summary>
    /// Handles every timer that has expired by <paramref name="now"/>. Early and late calls are harmless.
    /// </summary>
    public void OnTimer(MonotonicTime now)
    {
        Recorder?.OnTimer(now);
        _state.Trace.Now = now;
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

        AssertInvariants();
    }

    /// <summary>Builds the next frame to send.</summary>
    /// <param name="headers">Where the headers are written: <see cref="MaxHeaderLength"/> bytes or more.</param>
    /// <param name="now">The time.</param>
    /// <param name="emission">The frame: its headers, and the data that follows them.</param>
    /// <returns>False when there is nothing to send now.</returns>
    public bool TryEmit(Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        Recorder?.OnEmit(now);
        _state.Trace.Now = now;
        while (true)
        {
            bool isEmitted;
            try
            {
                isEmitted = _output.TryEmit(headers, now, out emission);
            }
            catch (Exception fault)
            {
                // The next connection has its turn.
                Contain(fault);
                continue;
            }

            AssertInvariants();
            if (isEmitted)
                Recorder?.OnEmitted(in emission);
            return isEmitted;
        }
    }

    /// <summary>
    /// Dequeues the report of a contained fault, oldest first. Of many faults some are only counted. False when there
    /// is none.
    /// </summary>
    public bool TryDequeueFault([NotNullWhen(true)] out ConnectionFault? fault) => _faults.TryDequeueReport(out fault);

    /// <summary>
    /// Reports an exception of the caller's own while it handled a connection. It is contained like a fault of the
    /// engine. Without a connection it counts as the fault of a frame.
    /// </summary>
    /// <exception cref="Exception">
    /// The fault, when none is contained (<see cref="EngineOptions.MaxConnectionFaults"/>).
    /// </exception>
    /// <exception cref="EngineFaultException">There were too many faults.</exception>
    public void ReportFault(Tcb? connection, Exception fault, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(fault);
        Recorder?.OnFault(connection, fault, now);
        _state.Trace.Now = now;
        if (connection is null)
            _state.Current.EnterStateless();
        else
            _state.Current.Enter(connection);
        Contain(fault);
    }

    /// <summary>Dequeues the next event. False when there is none.</summary>
    public bool TryDequeueEvent(out EngineEvent engineEvent)
    {
        if (!_state.Events.TryDequeue(out engineEvent))
            return false;
        Recorder?.OnEventDequeued(in engineEvent);
        return true;
    }

    /// <summary>
    /// Examines the next connection that is not parked. To be called until it returns false, or a few times in each
    /// turn.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="idle">
    /// The connection when it has been idle for <see cref="EngineOptions.ParkAfter"/>, else null. The caller reports
    /// what the application has consumed (<see cref="Consumed"/>) and parks it (<see cref="TryPark"/>).
    /// </param>
    /// <returns>False when there is no connection to examine before <see cref="NextParking"/>.</returns>
    public bool TryLookForIdle(MonotonicTime now, out Tcb? idle)
    {
        _state.Trace.Now = now;
        return _state.Parking.TryLook(now, out idle);
    }

    /// <summary>Parks a connection; its next event unparks it. False when it is not idle.</summary>
    public bool TryPark(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnCall(RecordedCall.Park, connection, now: null);
        return Lifecycle.TryPark(_state, connection);
    }

    /// <summary>
    /// All connections without those in the SYN queue, and ended connections whose last event has not been dequeued.
    /// </summary>
    public IReadOnlyList<Tcb> GetConnections() => [.. _state.Connections.All(), .. _state.Events.Ended];

    /// <summary>STATUS of one connection (RFC 9293 section 3.10.6).</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="now">
    /// The time to which its ages are counted; null for that of the last call into the engine.
    /// </param>
    public ConnectionSnapshot GetSnapshot(Tcb connection, MonotonicTime? now = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Snapshots.Of(_state, connection, now ?? _state.Trace.Now);
    }

    /// <summary>STATUS of all listeners, connections and TIME-WAIT entries.</summary>
    public IReadOnlyList<ConnectionSnapshot> GetSnapshots(MonotonicTime now) => Snapshots.Of(_state, now);

    /// <summary>
    /// Returns all blocks to the pool without sending anything. The engine must not be used afterwards.
    /// </summary>
    public void Dispose()
    {
        Recorder?.OnDispose();
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
                // Blocks that cannot be returned are discarded; the other connections return theirs.
                _faults.Discard(tcb);
            }
        }

        // Connections that ended in an accept queue are in no table, but still hold received data.
        foreach (var listener in _state.Listeners.All)
        {
            foreach (var tcb in listener.Accepted)
                Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
        }

        foreach (var endpoint in _state.Udp.All)
            endpoint.Received.Clear();
        _state.Fragments.Clear();
        _output.Dispose();
    }

    /// <summary>Debug builds check the invariants of the connection that the last event has left.</summary>
    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        if (_state.Current.LastLeft is not { IsLive: true } tcb)
            return;
        var violation = TcbInvariants.FindViolation(_state, tcb, isDrained: false);
        Debug.Assert(violation is null, $"{tcb.Tuple}: {violation}");
    }

    private void Contain(Exception fault) => Contain(fault, loose: null, out _);

    private void Contain(Exception fault, Block? loose, out bool isLooseTaken)
    {
        if (!_faults.TryContain(fault, _state.Trace.Now, loose, out isLooseTaken))
            ExceptionDispatchInfo.Throw(fault);
    }
}
