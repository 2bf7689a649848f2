using UserTcp.Engine.Contract;

namespace UserTcp.Simulation;

/// <summary>
/// Everything that decides a run in virtual time: two hosts, the link between them, what their applications do, and what goes wrong.
/// The same scenario always runs the same way. <see cref="FromSeed"/> makes one up; <see cref="ScenarioJson"/> keeps one.
/// </summary>
public sealed record Scenario
{
    /// <summary>Where everything that is not said here comes from; also the seed of the octets that are sent.</summary>
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

    /// <summary>The links' faults, one by one, instead of those that their probabilities give; null for those.</summary>
    public IReadOnlyList<Fault>? Faults { get; init; }

    /// <summary>The connections.</summary>
    public IReadOnlyList<ConnectionPlan> Connections { get; init; } = [];

    /// <summary>What else goes wrong, and when.</summary>
    public IReadOnlyList<Incident> Incidents { get; init; } = [];

    /// <summary>Forged packets a second by somebody who knows addresses and ports, but never guesses a sequence number.</summary>
    public double AttacksPerSecond { get; init; }

    /// <summary>When everything is healed: no faults any more, and every application reads. From then on all connections must come to an end.</summary>
    public TimeSpan HealAt { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The scenario that belongs to a seed: any mixture of faults, sizes and habits.</summary>
    public static Scenario FromSeed(ulong seed) => Scenarios.Swarm.Draw(seed);

    /// <summary>As <see cref="FromSeed"/>, with many connections, and many faults inside the hosts (<see cref="HostFaults"/>).</summary>
    public static Scenario FaultyFromSeed(ulong seed) => Scenarios.Swarm.DrawFaulty(seed);
}

/// <summary>One host of a <see cref="Scenario"/>.</summary>
public sealed record HostPlan
{
    /// <summary>The link's MTU as the host knows it.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Octets of receive buffer.</summary>
    public int ReceiveBuffer { get; init; } = 64 * 1024;

    /// <summary>Octets of send buffer.</summary>
    public int SendBuffer { get; init; } = 64 * 1024;

    /// <summary>Initial sequence numbers lie in the 64 KiB before this number; null for the engine's own.</summary>
    public uint? SequenceNear { get; init; }

    /// <summary>Nagle's algorithm is off.</summary>
    public bool NoDelay { get; init; }

    /// <summary>How long acknowledgments are held back.</summary>
    public TimeSpan DelayedAck { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>The least retransmission timeout.</summary>
    public TimeSpan MinimumRto { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>MSL.</summary>
    public TimeSpan MaximumSegmentLifetime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Blocks of text out of order that a connection may hold.</summary>
    public int OutOfOrderBlocks { get; init; } = 64;

    /// <summary>Connections that may wait to be accepted.</summary>
    public int Backlog { get; init; } = 512;

    /// <summary>Timestamps are used with a peer that does so too (RFC 7323).</summary>
    public bool Timestamps { get; init; }

    /// <summary>Selective acknowledgments are used with a peer that does so too (RFC 2018).</summary>
    public bool Sack { get; init; }

    /// <summary>How losses are found with SACK.</summary>
    public LossDetectionMethod LossDetection { get; init; }

    /// <summary>What decides how much may be in flight.</summary>
    public CongestionAlgorithm CongestionControl { get; init; }

    /// <summary>What may be sent is spread over the round trip.</summary>
    public bool Pacing { get; init; } = true;

    /// <summary>Which connections use explicit congestion notification (RFC 3168).</summary>
    public EcnMode Ecn { get; init; } = EcnMode.Passive;

    /// <summary>When SYNs are answered by SYN cookies (RFC 4987).</summary>
    public SynCookieMode SynCookies { get; init; } = SynCookieMode.UnderPressure;

    /// <summary>Half-open connections that a listener holds at most.</summary>
    public int MaxHalfOpen { get; init; } = 4096;

    /// <summary>When segments find out themselves what the path carries (RFC 4821).</summary>
    public PathMtuProbing PathMtuProbing { get; init; } = PathMtuProbing.WhenBlackHole;

    /// <summary>Text goes in the SYN, and is taken from it (RFC 7413); the application writes before the connection is there.</summary>
    public bool FastOpen { get; init; }

    /// <summary>Octets of receive buffer to begin with; null for the engine's own.</summary>
    public int? InitialReceiveBuffer { get; init; }

    /// <summary>Octets of send buffer to begin with; null for the engine's own.</summary>
    public int? InitialSendBuffer { get; init; }

    /// <summary>How long the host says that it waits for its peer (RFC 5482); null for nothing.</summary>
    public TimeSpan? AdvertisedUserTimeout { get; init; }

    /// <summary>The time, on average, after which a connection throws away what it has out of order (RFC 2018 section 8); zero for never.</summary>
    public TimeSpan Reneging { get; init; }

    /// <summary>Bytes of memory for the data of all connections; null has more than any scenario needs.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>Timers are looked at up to this much too late, as when the process is held up.</summary>
    public TimeSpan LateTicks { get; init; }

    /// <summary>Frames are read at multiples of this time only, in any order; zero for at once and in order.</summary>
    public TimeSpan Batch { get; init; }

    /// <summary>What goes wrong inside the host; null for nothing.</summary>
    public HostFaults? Faults { get; init; }

    /// <summary>An independent, simple and rude TCP instead of the engine; for the server only.</summary>
    public ModelPlan? Model { get; init; }
}

/// <summary>What goes wrong inside a host, as probabilities for each time that it can, until all is healed.</summary>
public sealed record HostFaults
{
    /// <summary>The engine throws: at one of a few places in the handling of a segment, a timer, a user call or an emission.</summary>
    public double Exceptions { get; init; }

    /// <summary>The engine asks for a block, and there is none.</summary>
    public double FailedAllocations { get; init; }

    /// <summary>The device does not take a frame (EAGAIN, ENOBUFS, EINVAL).</summary>
    public double RefusedWrites { get; init; }
}

/// <summary>What the simple TCP does that is legal, though nobody likes it.</summary>
public sealed record ModelPlan
{
    /// <summary>Octets of the window it offers.</summary>
    public int Window { get; init; } = 16 * 1024;

    /// <summary>It takes back what it has offered (RFC 9293 section 3.8.6 says that others must be ready for it).</summary>
    public bool ShrinksWindow { get; init; }

    /// <summary>It acknowledges one segment with several ACKs.</summary>
    public bool DividesAcks { get; init; }

    /// <summary>Its segments start with text that it has sent before.</summary>
    public bool Overlaps { get; init; }

    /// <summary>Its segments have 16 octets of text at most.</summary>
    public bool SmallSegments { get; init; }

    /// <summary>Its SYN has no MSS option.</summary>
    public bool OmitsMss { get; init; }

    /// <summary>It sends the segments of a flight in reverse order.</summary>
    public bool SendsBackwards { get; init; }

    /// <summary>How long it holds acknowledgments back.</summary>
    public TimeSpan DelayedAck { get; init; }
}

/// <summary>One connection of a <see cref="Scenario"/>.</summary>
public sealed record ConnectionPlan
{
    /// <summary>What tells its octets from those of others; it stays when other connections are left out.</summary>
    public int Id { get; init; }

    /// <summary>When it is opened.</summary>
    public TimeSpan Start { get; init; }

    /// <summary>The client's port; 0 for an ephemeral one.</summary>
    public int ClientPort { get; init; }

    /// <summary>The side that opens.</summary>
    public EndPlan Client { get; init; } = new();

    /// <summary>The side that accepts.</summary>
    public EndPlan Server { get; init; } = new();
}

/// <summary>How an application ends its side of a connection.</summary>
public enum Ending
{
    /// <summary>It sends FIN when all is written, and reads on.</summary>
    Shutdown,

    /// <summary>It sends FIN when all is written and the peer's FIN has come.</summary>
    ShutdownAfterEnd,

    /// <summary>It goes away when all is written, and reads no more.</summary>
    Close,

    /// <summary>It aborts when half is written.</summary>
    Abort,
}

/// <summary>What an application does with its side of a connection.</summary>
public sealed record EndPlan
{
    /// <summary>Octets that it sends.</summary>
    public long Octets { get; init; }

    /// <summary>Octets that it writes at a time, at most.</summary>
    public int WriteSize { get; init; } = 16 * 1024;

    /// <summary>The time between two writes.</summary>
    public TimeSpan WritePause { get; init; }

    /// <summary>Octets that it reads at a time, at most.</summary>
    public int ReadSize { get; init; } = 64 * 1024;

    /// <summary>The time between two reads.</summary>
    public TimeSpan ReadPause { get; init; }

    /// <summary>It reads nothing before all is healed.</summary>
    public bool NeverReads { get; init; }

    /// <summary>How it ends.</summary>
    public Ending Ending { get; init; }
}

/// <summary>What can happen to a whole link or host.</summary>
public enum IncidentKind
{
    /// <summary>The link with the number <see cref="Incident.Target"/> carries nothing.</summary>
    Partition,

    /// <summary>The link with the number <see cref="Incident.Target"/> loses what is larger than <see cref="Incident.Amount"/> octets, and says nothing.</summary>
    BlackHole,

    /// <summary>The same, but the sender is told with an ICMP error.</summary>
    PacketTooBig,

    /// <summary>The clock jumps by <see cref="Incident.Length"/>, provided that nothing is under way.</summary>
    ClockJump,

    /// <summary>The host (0 the client, 1 the server) loses all it knows and starts again with new keys.</summary>
    Restart,

    /// <summary>The server's listener is closed, and comes back after <see cref="Incident.Length"/>.</summary>
    ListenerPause,
}

/// <summary>Something that goes wrong besides the faults of single packets.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">Which link or host.</param>
/// <param name="Length">For how long.</param>
/// <param name="Amount">How much.</param>
public sealed record Incident(TimeSpan At, IncidentKind Kind, int Target, TimeSpan Length, int Amount = 0);
