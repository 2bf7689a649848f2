using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Impairment;
using UserTcp.Wire;
using static UserTcp.Simulation.World.InvariantException;

namespace UserTcp.Simulation.World;

/// <summary>A host with an engine, and an application for each of its connections.</summary>
internal sealed class EngineStation : Station, IEngineObserver
{
    private const int KeyDecision = 1;
    private const int SequenceDecision = 2;
    private const int RenegingDecision = 20;
    private const int MaxFramesAtOneTime = 100_000;

    private readonly IpAddress _peer;
    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly byte[] _frame;
    private readonly Application _application;
    private readonly StationFaults? _faults;
    private Checks _checks = null!;
    private Listener? _listener;
    private int _starts;
    private long _renumbered;
    private long _reneged;

    public EngineStation(SimulatedWorld world, HostPlan plan, int index, IpAddress address, IpAddress peer)
        : base(world, plan, index, address)
    {
        _peer = peer;
        _frame = new byte[plan.Mtu + TcpEngine.MaxHeaderLength];
        _application = new Application(this);
        _faults = plan.Faults is { } faults ? new StationFaults(world, index, faults) : null;
        Start();
        if (plan.Reneging > TimeSpan.Zero)
            RenegeLater();
    }

    public TcpEngine Engine { get; private set; } = null!;

    public StationPool Pool { get; private set; } = null!;

    public override MonotonicTime NextDeadline => Engine.NextDeadline;

    public override bool IsEmpty => Engine is { ConnectionCount: 0, TimeWaitCount: 0 } && Pool.Rented == 0;

    /// <summary>No connection has data to send or in flight.</summary>
    public bool IsIdle => Engine.State.HalfOpen.Count == 0 && Engine.State.Connections.All()
        .All(tcb => tcb.Active.Snd.FlightSize == 0 && tcb.Active.SendQueue.Length == 0);

    public string Leftovers() =>
        $"{Engine.ConnectionCount} connections, {Engine.TimeWaitCount} in TIME-WAIT, {Pool.Rented} blocks; "
        + $"{string.Join(", ", Engine.State.Connections.All().Select(tcb => tcb.State))}";

    public override void Receive(ReadOnlySpan<byte> frame)
    {
        var block = Pool.Lend(frame.Length);
        block.Append(frame);
        if (!Engine.OnFrame(block, World.Now))
            block.Release();
    }

    public override void OnTimer() => Engine.OnTimer(World.Now);

    public override void Open(Flow flow)
    {
        var port = new Port((ushort)flow.Plan.ClientPort);
        var error = OpenWithRetry(port, out var tcb);
        if (error == EngineError.AddressInUse)
            error = OpenWithRetry(default, out tcb);
        Require(error == EngineError.None, "I12", $"{flow} cannot be opened: {error}");
        Renumber(tcb!);
        World.OnOpened(flow, tcb!.Tuple.LocalPort, tcb.Active.Snd.Iss);
        _application.Begin(flow.Client, tcb);
    }

    public override void Turn()
    {
        RenumberNew();
        do
        {
            CollectFaults();
            while (Engine.TryDequeueEvent(out var engineEvent))
            {
                if (engineEvent.Listener is not null)
                    Accept();
                else if (engineEvent.Connection is { Owner: FlowEnd end })
                    _application.On(end, engineEvent.Events);
                CollectFaults();
            }

            Emit();
        }
        while (CollectFaults());
        World.Options.Sabotage?.Invoke(Engine, World.Now);
        _checks.AfterEvent();
        Park();
    }

    public override void OnHealed() => _application.OnHealed();

    public override void GiveUp(FlowEnd end) => _application.GiveUp(end);

    /// <summary>I11: a host that restarts leaves no block.</summary>
    public override void Restart()
    {
        foreach (var end in World.Flows.Select(flow => Index == 0 ? flow.Client : flow.Server))
            _application.Forget(end);
        Engine.Dispose();
        Require(Pool.Rented == 0, "I11", $"{Name}: {Pool.Rented} blocks are rented after the end of the engine");
        Start();
    }

    public override void PauseListener(TimeSpan length)
    {
        if (_listener is null)
            return;
        foreach (var flow in World.Flows.Where(flow => !flow.IsAccepted))
            flow.ExcuseFor("listener closed");
        Engine.CloseListener(_listener, World.Now);
        _listener = null;
        World.Schedule(length, () => World.Act(Index, Listen));
    }

    void IEngineObserver.OnEvent(in TraceEvent traceEvent)
    {
        World.Journal.Event(World.Now, Name, traceEvent);
        if (traceEvent.Kind != TraceEventKind.Segment)
            return;
        var observation = traceEvent.Segment;
        if (observation is { Sent: false, Before: TcpState.Listen, After: >= TcpState.Established })
            World.Tally.Add(Happening.SynCookie);
        _checks.OnSegment(observation);
    }

    private ConnectionOptions ConnectionOptions => new()
    {
        NoDelay = Plan.NoDelay,
        FastOpen = Plan.FastOpen,
        AdvertisedUserTimeout = Plan.AdvertisedUserTimeout,
    };

    private void Start()
    {
        Pool = new StationPool(_faults);
        var options = new EngineOptions
        {
            ReceiveBufferSize = Plan.ReceiveBuffer,
            SendBufferSize = Plan.SendBuffer,
            DelayedAckTimeout = Plan.DelayedAck,
            MinRto = Plan.MinimumRto,
            MaxSegmentLifetime = Plan.MaximumSegmentLifetime,
            MaxOutOfOrderRanges = Plan.OutOfOrderBlocks,
            Backlog = Plan.Backlog,
            Timestamps = Plan.Timestamps,
            Sack = Plan.Sack,
            LossDetection = Plan.LossDetection,
            CongestionControl = Plan.CongestionControl,
            Pacing = Plan.Pacing,
            Ecn = Plan.Ecn,
            PathMtuProbing = Plan.PathMtuProbing,
            MaxMemory = Plan.MaxMemory,
            // A fault that was not injected ends the run (I14), at once or when the station collects it.
            MaxConnectionFaults = _faults is null ? 0 : 1 << 24,
            SynCookies = Plan.SynCookies,
            MaxHalfOpen = Plan.MaxHalfOpen,
        };
        options.InitialReceiveBufferSize = Plan.InitialReceiveBuffer ?? options.InitialReceiveBufferSize;
        options.InitialSendBufferSize = Plan.InitialSendBuffer ?? options.InitialSendBufferSize;
        var start = _starts++;
        var keys = new EngineKeys(Key(0), Key(1), Key(2), Key(3), Key(4), Key(5), Key(6));
        Engine = new TcpEngine(options, keys, new LinkProperties(Plan.Mtu), [Address], Pool, this);
        Engine.State.Injector = _faults;
        _checks = new Checks(this, options);
        if (Index == 1)
            Listen();

        SipKey Key(int use) =>
            new(World.Decide(KeyDecision, (start * 16) + (Index * 8) + use), World.Decide(KeyDecision, 100 + use));
    }

    private void Listen()
    {
        if (_listener is { IsClosed: false }
            && Engine.State.Listeners.Find(Address, SimulatedWorld.ServerPort) is not null)
        {
            return;
        }

        var error = Engine.Listen(Address, SimulatedWorld.ServerPort, Plan.Backlog, ConnectionOptions, out _listener);
        Require(error == EngineError.None, "I12", $"{Name} cannot listen: {error}");
    }

    private void Accept()
    {
        while (_listener is not null && Engine.TryAccept(_listener, out var tcb))
        {
            var flow = World.Opened(tcb!.Tuple.RemotePort, tcb.Active.Rcv.Irs);
            if (tcb.IsOpenEarly)
                World.Tally.Add(Happening.FastOpen);
            if (flow is { IsAccepted: true } && flow.Server.IsRepeatable)
            {
                Refuse(tcb);
                continue;
            }

            flow?.Server.IsRepeatable = tcb.IsOpenEarly;
            Require(
                flow is { IsAccepted: false }, "I12",
                $"{Name} accepts a connection that no client has opened, or accepts it twice: {tcb.Tuple}");
            flow!.IsAccepted = true;
            _application.Begin(flow.Server, tcb);
            _application.On(flow.Server, EngineEvents.Established);
        }
    }

    /// <summary>
    /// Aborts a duplicate. The data of a SYN can arrive twice, and the application has to detect it (RFC 7413 section
    /// 6.1).
    /// </summary>
    private void Refuse(Tcb tcb)
    {
        Block.ReleaseChain(Engine.Receive(tcb));
        Engine.Abort(tcb, World.Now);
    }

    private void RenegeLater()
    {
        var after = TimeSpan.FromTicks(
            1 + SplitMix64.ToRange(World.Decide(RenegingDecision + Index, _reneged++), 2 * Plan.Reneging.Ticks));
        World.Schedule(after, () =>
        {
            if (World.IsHealed)
                return;
            World.Act(Index, Renege);
            RenegeLater();
        });
    }

    /// <summary>Drops all data out of order, although it was SACKed (RFC 2018 section 8).</summary>
    private void Renege()
    {
        foreach (var tcb in Engine.State.Connections.All())
        {
            if (tcb.Active.OutOfOrder is not { IsEmpty: false } queue)
                continue;
            queue.Clear();
            Engine.State.Current.Enter(tcb);
            Engine.State.Current.Leave();
            World.Tally.Add(Happening.Reneging);
        }
    }

    private void Emit()
    {
        var count = 0;
        while (Engine.TryEmit(_headers, World.Now, out var emission))
        {
            Require(++count < MaxFramesAtOneTime, "I10", $"{Name} sends {count} frames at one time");
            Require(
                emission.Length <= Plan.Mtu, "I4", $"{Name} sends {emission.Length} bytes over an MTU of {Plan.Mtu}");
            var frame = _frame.AsSpan(0, emission.CopyTo(_frame));
            _checks.OnEmitted(frame);
            if (Engine.Counters[Counter.MemoryResets] > 0)
                ExcuseResets();
            if (_faults is not null && _faults.DecideRefusedWrite())
                Engine.CountLostWrite();
            else
                World.Send(this, frame);
        }
    }

    /// <summary>
    /// Excuses connections that the engine has reset because of the memory limit, before the RST leaves.
    /// </summary>
    private void ExcuseResets()
    {
        foreach (var flow in World.Flows)
        {
            if ((Index == 0 ? flow.Client : flow.Server).Connection is { Error: EngineError.OutOfMemory })
                flow.ExcuseFor("reset for lack of memory");
        }
    }

    /// <summary>Opens a connection. A fault opens nothing, and the application tries again.</summary>
    private EngineError OpenWithRetry(Port port, out Tcb? tcb)
    {
        while (true)
        {
            var error = Engine.Open(
                null, port, _peer, SimulatedWorld.ServerPort, ConnectionOptions, World.Now, out tcb);
            if (error != EngineError.InternalFault)
                return error;
            CollectFaults();
        }
    }

    /// <summary>
    /// Collects the faults that the engine has contained; true when there were any. Rethrows one that was not injected.
    /// </summary>
    private bool CollectFaults()
    {
        if (_faults is null)
            return false;
        var hasAny = false;
        while (Engine.TryDequeueFault(out var fault))
        {
            hasAny = true;
            if (fault.Exception is not InjectedFaultException)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault.Exception);
            World.Journal.Note(World.Now, Name, "has a fault");
            if (fault.Connection is not { } victim)
                continue;
            World.Tally.Add(Happening.FaultVictim);
            FlowOf(victim)?.LoseToFault();
        }

        return hasAny;
    }

    private Flow? FlowOf(Tcb tcb) =>
        tcb.Owner is FlowEnd end
            ? end.Flow
            : Index == 1 && tcb.IsPassive ? World.Opened(tcb.Tuple.RemotePort, tcb.Active.Rcv.Irs)
            : null;

    /// <summary>
    /// Parks every idle connection, which must have no effect. The checks of the next turn unpark it.
    /// </summary>
    private void Park()
    {
        foreach (var tcb in Engine.GetConnections())
            Engine.TryPark(tcb);
    }

    private void RenumberNew()
    {
        if (Plan.SequenceNear is null || Index == 0)
            return;
        foreach (var tcb in Engine.State.Connections.All())
        {
            if (tcb.State == TcpState.SynReceived && tcb.Active.Snd.Nxt == tcb.Active.Snd.Iss)
                Renumber(tcb);
        }
    }

    /// <summary>
    /// Moves the ISS of a connection that has not sent anything to just before <see cref="HostPlan.SequenceNear"/>.
    /// Reused ports keep theirs, because the new ISS has to lie beyond the old numbers.
    /// </summary>
    private void Renumber(Tcb tcb)
    {
        if (Plan.SequenceNear is not { } near || tcb.Tuple.LocalPort.Value is >= 40_000 and <= 40_002
            || tcb.Tuple.RemotePort.Value is >= 40_000 and <= 40_002)
        {
            return;
        }

        var iss = new SeqNum(near)
            - (uint)(1 + SplitMix64.ToRange(World.Decide(SequenceDecision, (_renumbered++ * 2) + Index), 1 << 16));
        tcb.Active.Snd.Iss = tcb.Active.Snd.Una = tcb.Active.Snd.Nxt = iss;
        tcb.Active.SendQueue.Begin(iss + 1);
    }
}
