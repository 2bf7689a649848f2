using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.FastOpen;
using UserTcp.Engine.Icmp;
using UserTcp.Engine.Reassembly;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tables;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The state of one engine: its options, tables, queues and limits. The steps of RFC 9293 section 3.10 are functions
/// over it; <see cref="Lifecycle"/> has what several of them do to a connection.
/// </summary>
internal sealed class EngineState
{
    // Of one tick of the cookies' clock. A cookie that is not recorded here can be replayed within two minutes.
    private const int MaxSpentCookies = 1 << 16;

    public EngineState(
        EngineOptions options, EngineKeys keys, LinkProperties link, HostAddresses addresses, BlockPool pool,
        EngineShare share)
    {
        (Options, Keys, Link, Addresses, Pool, Share) = (options, keys, link, addresses, pool, share);
        Connections = new ConnectionTable(keys.Table);
        HalfOpen = new HalfOpenTable(keys.Table, addresses, options.HalfOpenTimeout);
        TimeWait = new TimeWaitTable(keys.Table, addresses, options.MaxTimeWait, 2 * options.MaxSegmentLifetime);
        FastOpen = new FastOpenCookies(keys.FastOpen, options.MaxFastOpenCookies);
        Ports = new EphemeralPorts(keys.Ports, options.FirstEphemeralPort, options.LastEphemeralPort);
        IcmpRate = new IcmpRateLimit(keys.RateLimit, options.IcmpErrorsPerSecond);
        Memory = new MemoryAccount(options.MaxMemory ?? EngineOptions.DefaultMaxMemory);
        Replies = new ReplyQueue(options.MaxPendingReplies);
        Udp = new UdpTable(options.MaxUdpEndpoints);
        Timers = new TimerQueue();
        Parking = new Parking(options.ParkAfter, Timers);
        Trace = new EngineTrace(options);
        Current = new CurrentConnection(this);
    }

    public EngineOptions Options { get; }

    public EngineKeys Keys { get; }

    public LinkProperties Link { get; }

    public HostAddresses Addresses { get; }

    public BlockPool Pool { get; }

    /// <summary>Which connections are this engine's, where several engines are one host.</summary>
    public EngineShare Share { get; }

    public EngineCounters Counters { get; } = new();

    /// <summary>Reports events to the observer.</summary>
    public EngineTrace Trace { get; }

    /// <summary>Throws at points that a test chooses; null in production.</summary>
    public IFaultInjector? Injector { get; set; }

    public ConnectionTable Connections { get; }

    /// <summary>The SYN queue: parked half-open entries, which are in no other table.</summary>
    public HalfOpenTable HalfOpen { get; }

    public ListenerTable Listeners { get; } = new();

    public TimeWaitTable TimeWait { get; }

    public FastOpenCookies FastOpen { get; }

    public SpentCookies SpentCookies { get; } = new(MaxSpentCookies);

    public EphemeralPorts Ports { get; }

    public IcmpRateLimit IcmpRate { get; }

    /// <summary>The UDP endpoints of this engine's ports.</summary>
    public UdpTable Udp { get; }

    /// <summary>Datagrams that wait to be emitted.</summary>
    public UdpSendQueue Datagrams { get; } = new();

    public UdpPathMtus UdpPathMtus { get; } = new();

    /// <summary>The datagrams of which not all fragments have arrived.</summary>
    public FragmentTable Fragments { get; } = new();

    public TimerQueue Timers { get; }

    public FlightPool Flights { get; } = new();

    public Parking Parking { get; }

    public ReplyQueue Replies { get; }

    public MemoryAccount Memory { get; }

    /// <summary>The connections that may have something to send.</summary>
    public OutputQueue Output { get; } = new();

    /// <summary>The events that the caller has not dequeued.</summary>
    public EventQueue Events { get; } = new();

    /// <summary>The connection that is being handled.</summary>
    public CurrentConnection Current { get; }

    /// <summary>Connections whose application has closed them and that have not ended.</summary>
    public int Orphans { get; set; }

    /// <summary>Connections, half-open ones included, TIME-WAIT not.</summary>
    public int ConnectionCount => Connections.Count + HalfOpen.Count;

    /// <summary>
    /// True when a table or queue that connections share was left half changed: no fault can be contained then.
    /// </summary>
    public bool IsSharedStateBroken =>
        Connections.IsChanging || Timers.IsChanging || HalfOpen.IsChanging || TimeWait.IsChanging;

    /// <summary>Updates the memory of received datagrams, after a queue has changed.</summary>
    public void CountDatagrams(long before, long after)
    {
        var held = Udp.Memory;
        Udp.Memory = held + after - before;
        Memory.Update(ref held, Udp.Memory);
    }

    /// <summary>Updates the memory of fragments, after their table has changed.</summary>
    public void CountFragments(long before) => Memory.Update(ref before, Fragments.Memory);

    /// <summary>A point where a test may inject a fault.</summary>
    public void At(FaultPoint point) => Injector?.At(point, Current.Tcb);

    /// <summary>The keyed hash of a tuple, which every table uses and which decides the tuple's share.</summary>
    public ulong HashOf(in FourTuple tuple) => SipHash24.Hash(Keys.Table, tuple);

    /// <summary>True when a connection with that tuple is this engine's.</summary>
    public bool Owns(in FourTuple tuple) => Share.Count == 1 || Share.OwnerOf(HashOf(tuple)) == Share.Index;

    /// <summary>
    /// The share that has a UDP port: one engine has all endpoints of a port, wherever a datagram arrives
    /// (docs/decisions/0057).
    /// </summary>
    public int OwnerOf(Port port) => Share.Count == 1
        ? 0
        : Share.OwnerOf(HashOf(new FourTuple(IpAddress.AnyIPv6, port, IpAddress.AnyIPv6, default)));

    /// <summary>
    /// True when a connection in SYN-RECEIVED reuses the tuple of this TIME-WAIT entry, which stays until the handshake
    /// is complete.
    /// </summary>
    public bool IsReopening(int timeWait)
    {
        if (!TimeWait.At(timeWait).IsReopened)
            return false;
        var tuple = TimeWait.TupleAt(timeWait);
        return Connections.Find(tuple) is not null || HalfOpen.Find(tuple) >= 0;
    }

    /// <summary>
    /// Bytes that the receive buffer of a connection may grow to; a size that the application has set stays
    /// (SO_RCVBUF).
    /// </summary>
    public int MaxReceiveBuffer(ConnectionOptions connection) =>
        connection.ReceiveBufferSize ?? Options.ReceiveBufferSize;

    /// <summary>
    /// Bytes of window that a connection may offer. Under memory pressure that is four segments, as in Linux. Otherwise
    /// it is a quarter of the free memory, so that one peer is not offered what many need.
    /// </summary>
    public int WindowCeiling(Tcb tcb)
    {
        var few = 4 * MssOfLink(tcb.Tuple.LocalAddress);
        return Memory.IsUnderPressure ? few : (int)Math.Clamp((Memory.Limit - Memory.Used) / 4, few, int.MaxValue);
    }

    /// <summary>Eff.snd.MSS: what link and peer take, less the options of each segment (MUST-16, RFC 6691).</summary>
    public int EffectiveSendMss(Tcb tcb) =>
        Math.Min(tcb.Snd.PeerMss, MssOfLink(tcb.Tuple.LocalAddress)) - tcb.Ts.Overhead;

    /// <summary>The MSS that we announce: MMS_R less 20 (MUST-67).</summary>
    public int MssOfLink(IpAddress address) => Link.Mtu - IpHeader.LengthFor(address) - TcpHeader.MinLength;
}
