using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Simulation;

/// <summary>
/// The whole input of a run in virtual time: two hosts, the link between them, their applications, and what goes wrong.
/// The same scenario always runs the same way. <see cref="FromSeed"/> draws one; <see cref="ScenarioJson"/> saves and
/// loads one.
/// </summary>
public sealed record Scenario
{
    /// <summary>The seed of all decisions that the scenario does not list, and of the data sent.</summary>
    public ulong Seed { get; init; }

    /// <summary>The connections use IPv6.</summary>
    public bool IPv6 { get; init; }

    /// <summary>The host that opens the connections.</summary>
    public HostPlan Client { get; init; } = new();

    /// <summary>The host that accepts them.</summary>
    public HostPlan Server { get; init; } = new();

    /// <summary>The link from client to server.</summary>
    public LinkImpairment ToServer { get; init; } = LinkImpairment.None;

    /// <summary>The link from server to client.</summary>
    public LinkImpairment ToClient { get; init; } = LinkImpairment.None;

    /// <summary>
    /// The faults of the links, one by one, instead of those that the probabilities give; null for those.
    /// </summary>
    public IReadOnlyList<Fault>? Faults { get; init; }

    /// <summary>The connections.</summary>
    public IReadOnlyList<ConnectionPlan> Connections { get; init; } = [];

    /// <summary>Incidents of whole links and hosts.</summary>
    public IReadOnlyList<Incident> Incidents { get; init; } = [];

    /// <summary>
    /// Forged packets per second, from an off-path attacker that knows addresses and ports but no sequence number.
    /// </summary>
    public double AttacksPerSecond { get; init; }

    /// <summary>
    /// The time of healing. From then on there are no new faults, every application reads, and all connections must
    /// end.
    /// </summary>
    public TimeSpan HealAt { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Draws the scenario of a seed: a mixture of features, faults, sizes and application behaviour.</summary>
    public static Scenario FromSeed(ulong seed) => Swarm.Draw(seed);

    /// <summary>
    /// Draws a scenario like <see cref="FromSeed"/>, with many connections and many faults inside the hosts
    /// (<see cref="HostFaults"/>).
    /// </summary>
    public static Scenario FaultyFromSeed(ulong seed) => Swarm.DrawFaulty(seed);
}

/// <summary>One host of a <see cref="Scenario"/>.</summary>
public sealed record HostPlan
{
    /// <summary>The MTU of the host's interface, in bytes.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Bytes of receive buffer.</summary>
    public int ReceiveBuffer { get; init; } = 64 * 1024;

    /// <summary>Bytes of send buffer.</summary>
    public int SendBuffer { get; init; } = 64 * 1024;

    /// <summary>Initial sequence numbers lie in the 64 KiB before this number; null for those of the engine.</summary>
    public uint? SequenceNear { get; init; }

    /// <summary>Turns Nagle's algorithm off.</summary>
    public bool NoDelay { get; init; }

    /// <summary>The delayed-ACK timeout.</summary>
    public TimeSpan DelayedAck { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>The minimum RTO.</summary>
    public TimeSpan MinimumRto { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>MSL; TIME-WAIT lasts twice as long.</summary>
    public TimeSpan MaximumSegmentLifetime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The maximum number of blocks that a connection holds out of order.</summary>
    public int OutOfOrderBlocks { get; init; } = 64;

    /// <summary>The listen backlog, in connections.</summary>
    public int Backlog { get; init; } = 512;

    /// <summary>Enables timestamps (RFC 7323).</summary>
    public bool Timestamps { get; init; }

    /// <summary>Enables SACK (RFC 2018).</summary>
    public bool Sack { get; init; }

    /// <summary>The loss detection with SACK.</summary>
    public LossDetectionMethod LossDetection { get; init; }

    /// <summary>The congestion control algorithm.</summary>
    public CongestionAlgorithm CongestionControl { get; init; }

    /// <summary>Enables pacing.</summary>
    public bool Pacing { get; init; } = true;

    /// <summary>The connections that use ECN (RFC 3168).</summary>
    public EcnMode Ecn { get; init; } = EcnMode.Passive;

    /// <summary>When the listener answers with SYN cookies (RFC 4987).</summary>
    public SynCookieMode SynCookies { get; init; } = SynCookieMode.UnderPressure;

    /// <summary>The limit of half-open connections of a listener.</summary>
    public int MaxHalfOpen { get; init; } = 4096;

    /// <summary>When connections send MTU probes (RFC 4821).</summary>
    public PathMtuProbing PathMtuProbing { get; init; } = PathMtuProbing.WhenBlackHole;

    /// <summary>
    /// Enables Fast Open (RFC 7413): the SYN carries data, and the application writes before the handshake is complete.
    /// </summary>
    public bool FastOpen { get; init; }

    /// <summary>The initial receive buffer in bytes; null for the default of the engine.</summary>
    public int? InitialReceiveBuffer { get; init; }

    /// <summary>The initial send buffer in bytes; null for the default of the engine.</summary>
    public int? InitialSendBuffer { get; init; }

    /// <summary>The user timeout that the host advertises (RFC 5482); null for none.</summary>
    public TimeSpan? AdvertisedUserTimeout { get; init; }

    /// <summary>
    /// The mean time between two renegings, which drop all data out of order (RFC 2018 section 8); zero for none.
    /// </summary>
    public TimeSpan Reneging { get; init; }

    /// <summary>
    /// The memory limit for the data of all connections, in bytes; null for a limit that no scenario reaches.
    /// </summary>
    public long? MaxMemory { get; init; }

    /// <summary>The maximum lateness of a timer, as when the process is not scheduled.</summary>
    public TimeSpan LateTicks { get; init; }

    /// <summary>
    /// The host reads frames only at multiples of this time, in random order; zero for at once and in order.
    /// </summary>
    public TimeSpan Batch { get; init; }

    /// <summary>Faults inside the host; null for none.</summary>
    public HostFaults? Faults { get; init; }

    /// <summary>
    /// Replaces the engine by the model, an independent TCP; for the server only. Null for the engine.
    /// </summary>
    public ModelPlan? Model { get; init; }
}

/// <summary>Faults inside a host, as probabilities per opportunity. They end when the world heals.</summary>
public sealed record HostFaults
{
    /// <summary>The probability of an exception at a fault point of the engine.</summary>
    public double Exceptions { get; init; }

    /// <summary>The probability that the allocation of a block fails.</summary>
    public double FailedAllocations { get; init; }

    /// <summary>The probability that the device refuses a frame (EAGAIN, ENOBUFS, EINVAL).</summary>
    public double RefusedWrites { get; init; }
}

/// <summary>Legal but unfriendly behaviour of the model.</summary>
public sealed record ModelPlan
{
    /// <summary>The offered window in bytes.</summary>
    public int Window { get; init; } = 16 * 1024;

    /// <summary>The model shrinks its window (RFC 9293 section 3.8.6 requires peers to be robust against it).</summary>
    public bool ShrinksWindow { get; init; }

    /// <summary>The model acknowledges one segment with several ACKs.</summary>
    public bool DividesAcks { get; init; }

    /// <summary>Segments of the model start with data that it has sent before.</summary>
    public bool Overlaps { get; init; }

    /// <summary>Segments of the model have at most 16 bytes of data.</summary>
    public bool SmallSegments { get; init; }

    /// <summary>The SYN-ACK of the model has no MSS option.</summary>
    public bool OmitsMss { get; init; }

    /// <summary>The model sends the segments of a flight in reverse order.</summary>
    public bool SendsBackwards { get; init; }

    /// <summary>The delayed-ACK timeout of the model; zero for immediate ACKs.</summary>
    public TimeSpan DelayedAck { get; init; }
}

/// <summary>One connection of a <see cref="Scenario"/>.</summary>
public sealed record ConnectionPlan
{
    /// <summary>
    /// The identifier that decides the data of the connection. The shrinker removes connections without renumbering
    /// them.
    /// </summary>
    public int Id { get; init; }

    /// <summary>When the client opens the connection.</summary>
    public TimeSpan Start { get; init; }

    /// <summary>The client port; 0 for an ephemeral one.</summary>
    public int ClientPort { get; init; }

    /// <summary>The side that opens the connection.</summary>
    public EndPlan Client { get; init; } = new();

    /// <summary>The side that accepts the connection.</summary>
    public EndPlan Server { get; init; } = new();
}

/// <summary>How an application ends its side of a connection.</summary>
public enum Ending
{
    /// <summary>It sends FIN after its last write, and continues to read.</summary>
    Shutdown,

    /// <summary>It sends FIN after its last write and the peer's FIN.</summary>
    ShutdownAfterEnd,

    /// <summary>It closes after its last write, and reads no more.</summary>
    Close,

    /// <summary>It aborts after half of its data.</summary>
    Abort,
}

/// <summary>What an application does with its side of a connection.</summary>
public sealed record EndPlan
{
    /// <summary>Bytes to send.</summary>
    public long Octets { get; init; }

    /// <summary>The maximum size of a write, in bytes.</summary>
    public int WriteSize { get; init; } = 16 * 1024;

    /// <summary>The time between two writes.</summary>
    public TimeSpan WritePause { get; init; }

    /// <summary>The maximum size of a read, in bytes.</summary>
    public int ReadSize { get; init; } = 64 * 1024;

    /// <summary>The time between two reads.</summary>
    public TimeSpan ReadPause { get; init; }

    /// <summary>The application does not read before the world heals.</summary>
    public bool NeverReads { get; init; }

    /// <summary>How the application ends its side.</summary>
    public Ending Ending { get; init; }
}

/// <summary>The incidents of a whole link or host.</summary>
public enum IncidentKind
{
    /// <summary>Link <see cref="Incident.Target"/> drops every packet.</summary>
    Partition,

    /// <summary>
    /// Link <see cref="Incident.Target"/> drops packets above <see cref="Incident.Amount"/> bytes, without an ICMP
    /// error.
    /// </summary>
    BlackHole,

    /// <summary>Like <see cref="BlackHole"/>, with an ICMP error to the sender.</summary>
    PacketTooBig,

    /// <summary>The clock jumps by <see cref="Incident.Length"/>, if both hosts and links are idle.</summary>
    ClockJump,

    /// <summary>
    /// Host <see cref="Incident.Target"/> (0 the client, 1 the server) loses all its state and restarts with new keys.
    /// </summary>
    Restart,

    /// <summary>The listener of the server closes, and opens again after <see cref="Incident.Length"/>.</summary>
    ListenerPause,
}

/// <summary>An incident: something that goes wrong with a whole link or host.</summary>
/// <param name="At">When it happens.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Target">The number of the link or host.</param>
/// <param name="Length">How long it lasts.</param>
/// <param name="Amount">The parameter; see <see cref="IncidentKind"/>.</param>
public sealed record Incident(TimeSpan At, IncidentKind Kind, int Target, TimeSpan Length, int Amount = 0);
