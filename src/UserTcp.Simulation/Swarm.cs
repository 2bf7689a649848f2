using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Simulation;

/// <summary>
/// Draws the scenario of a seed. Each feature is on in some seeds and off in others, so that no feature masks another
/// in all of them (swarm testing).
/// </summary>
internal static class Swarm
{
    private const int FeatureSequence = 201;
    private const int RecoverySequence = 202;
    private const int MemorySequence = 203;
    private const int FaultSequence = 205;
    private const int FaultySequence = 204;
    private const int AdmissionSequence = 206;

    private static readonly TimeSpan LongJump = TimeSpan.FromDays(25);

    public static Scenario Draw(ulong seed)
    {
        var draw = new RandomSequence(seed);
        var ipv6 = draw.Chance(0.3);
        var healAt = TimeSpan.FromSeconds(draw.Scaled(10, 240));
        var isModelled = draw.Chance(0.3);
        var mtu = Mtu(ref draw, ipv6);
        var scenario = new Scenario
        {
            Seed = seed,
            IPv6 = ipv6,
            HealAt = healAt,
            Client = Host(ref draw, mtu),
            Server = Host(ref draw, draw.Chance(0.8) ? mtu : Mtu(ref draw, ipv6)),
            AttacksPerSecond = draw.Chance(0.25) ? draw.Scaled(1, 50) : 0,
        };
        // Each group has a sequence of its own, so that a new feature does not change the rest of every scenario.
        var features = new RandomSequence(SplitMix64.Hash(seed, FeatureSequence));
        scenario = scenario with
        {
            Client = Features(ref features, scenario.Client),
            Server = Features(ref features, scenario.Server),
        };
        var recovery = new RandomSequence(SplitMix64.Hash(seed, RecoverySequence));
        scenario = scenario with
        {
            Client = Recovery(ref recovery, scenario.Client),
            Server = Recovery(ref recovery, scenario.Server),
        };
        var memory = new RandomSequence(SplitMix64.Hash(seed, MemorySequence));
        scenario = scenario with
        {
            Client = Memory(ref memory, scenario.Client),
            Server = Memory(ref memory, scenario.Server),
        };
        var faults = new RandomSequence(SplitMix64.Hash(seed, FaultSequence));
        if (faults.Chance(0.1))
            scenario = WithFaults(scenario, ref faults);
        var admission = new RandomSequence(SplitMix64.Hash(seed, AdmissionSequence));
        scenario = scenario with { Server = Admission(ref admission, scenario.Server) };
        if (isModelled)
            scenario = scenario with { Server = scenario.Server with { Model = Model(ref draw) } };
        var clean = draw.Chance(0.1);
        return scenario with
        {
            ToServer = clean ? LinkImpairment.None : WithEcn(ref recovery, Link(ref draw), MinQueue(scenario.Client)),
            ToClient = clean ? LinkImpairment.None : WithEcn(ref recovery, Link(ref draw), MinQueue(scenario.Server)),
            Connections = Connections(
                ref draw, (int)draw.Pick<long>(1, 1, 2, draw.Scaled(1, 64)), healAt,
                scenario.Server.Model is { SmallSegments: true }
                    ? 68
                    : Math.Min(scenario.Client.Mtu, scenario.Server.Mtu)),
            Incidents = Incidents(ref draw, healAt, ipv6, isModelled),
        };
    }

    /// <summary>Draws a scenario of 24 to 48 connections with faults inside both hosts.</summary>
    public static Scenario DrawFaulty(ulong seed)
    {
        var scenario = Draw(seed);
        var draw = new RandomSequence(SplitMix64.Hash(seed, FaultySequence));
        var healAt = TimeSpan.FromSeconds(draw.Scaled(10, 60));
        scenario = WithFaults(scenario, ref draw);
        return scenario with
        {
            HealAt = healAt,
            Connections = Connections(
                ref draw, (int)draw.Between(24, 48), healAt, Math.Min(scenario.Client.Mtu, scenario.Server.Mtu)),
        };
    }

    private static Scenario WithFaults(Scenario scenario, ref RandomSequence draw) => scenario with
    {
        Client = scenario.Client with { Faults = Faults(ref draw) },
        Server = scenario.Server with { Faults = Faults(ref draw) },
    };

    private static HostFaults Faults(ref RandomSequence draw) => new()
    {
        Exceptions = draw.Scaled(20, 20_000) / 1e6,
        FailedAllocations = draw.Chance(0.7) ? draw.Scaled(100, 200_000) / 1e6 : 0,
        RefusedWrites = draw.Chance(0.7) ? draw.Scaled(1000, 50_000) / 1e6 : 0,
    };

    private static int Mtu(ref RandomSequence draw, bool ipv6)
    {
        if (draw.Chance(0.5))
            return 1500;
        return (int)(ipv6
            ? draw.Pick<long>(1280, 9000, 65_535, draw.Scaled(1280, 65_535))
            : draw.Pick<long>(68, 576, 9000, 65_535, draw.Scaled(68, 65_535)));
    }

    private static HostPlan Host(ref RandomSequence draw, int mtu) => new()
    {
        Mtu = mtu,
        ReceiveBuffer = (int)draw.Scaled(1024, 1 << 20),
        SendBuffer = (int)draw.Scaled(1024, 1 << 20),
        SequenceNear = draw.Chance(0.5) ? draw.Pick(0u, 0x8000_0000u) : null,
        NoDelay = draw.Chance(0.3),
        DelayedAck = TimeSpan.FromMilliseconds(draw.Pick(0, 40, 40, 200, 499)),
        MinimumRto = TimeSpan.FromMilliseconds(draw.Pick(200, 200, 1000)),
        MaximumSegmentLifetime = TimeSpan.FromSeconds(draw.Pick(1, 30, 120)),
        OutOfOrderBlocks = draw.Pick(1, 4, 64, 64),
        Backlog = draw.Pick(1, 8, 512),
        LateTicks = draw.Chance(0.2) ? TimeSpan.FromMilliseconds(draw.Scaled(1, 500)) : TimeSpan.Zero,
        Batch = draw.Chance(0.2) ? TimeSpan.FromMilliseconds(draw.Scaled(1, 20)) : TimeSpan.Zero,
    };

    private static HostPlan Features(ref RandomSequence draw, HostPlan host) => host with
    {
        Timestamps = draw.Chance(0.7),
        Sack = draw.Chance(0.8),
        LossDetection = draw.Chance(0.8) ? LossDetectionMethod.Rack : LossDetectionMethod.Sack,
    };

    private static HostPlan Recovery(ref RandomSequence draw, HostPlan host) => host with
    {
        CongestionControl = draw.Pick(
            CongestionAlgorithm.Cubic, CongestionAlgorithm.Cubic, CongestionAlgorithm.NewReno, CongestionAlgorithm.Bbr),
        Pacing = draw.Chance(0.7),
        Ecn = draw.Pick(EcnMode.Off, EcnMode.Passive, EcnMode.Active, EcnMode.Active),
        PathMtuProbing = draw.Pick(
            PathMtuProbing.Off, PathMtuProbing.WhenBlackHole, PathMtuProbing.WhenBlackHole, PathMtuProbing.Always),
        FastOpen = draw.Chance(0.6),
        InitialReceiveBuffer = draw.Chance(0.4) ? (int)draw.Scaled(1024, 1 << 17) : null,
        InitialSendBuffer = draw.Chance(0.4) ? (int)draw.Scaled(1024, 1 << 17) : null,
        AdvertisedUserTimeout = draw.Chance(0.2) ? TimeSpan.FromMinutes(draw.Between(20, 60)) : null,
        Reneging = draw.Chance(0.2) ? TimeSpan.FromMilliseconds(draw.Scaled(10, 10_000)) : TimeSpan.Zero,
    };

    private static HostPlan Memory(ref RandomSequence draw, HostPlan host) => host with
    {
        MaxMemory = draw.Chance(0.2) ? draw.Scaled(1 << 20, 1 << 22) : null,
    };

    /// <summary>Draws half-open limits that a few connections, or a few SYNs of the adversary, reach.</summary>
    private static HostPlan Admission(ref RandomSequence draw, HostPlan host) => host with
    {
        SynCookies = draw.Pick(
            SynCookieMode.Never, SynCookieMode.UnderPressure, SynCookieMode.UnderPressure, SynCookieMode.Always),
        MaxHalfOpen = draw.Pick(1, 2, 8, 4096),
    };

    private static LinkImpairment WithEcn(ref RandomSequence draw, LinkImpairment link, int minQueue)
    {
        link = link with { Queue = Math.Max(link.Queue, minQueue) };
        return draw.Chance(0.6) && link.Rate is not null ? link with { Ecn = (int)draw.Scaled(1, 50) } : link;
    }

    /// <summary>
    /// The minimum queue of a link for a sender. BBR keeps four segments in flight, and four new ones after a timeout.
    /// A shorter queue drops part of each flight. With a peer that drops data out of order, only backed-off timeouts
    /// then make progress.
    /// </summary>
    private static int MinQueue(HostPlan sender) => sender.CongestionControl == CongestionAlgorithm.Bbr ? 8 : 1;

    private static ModelPlan Model(ref RandomSequence draw) => new()
    {
        Window = (int)draw.Scaled(512, 65_535),
        ShrinksWindow = draw.Chance(0.3),
        DividesAcks = draw.Chance(0.3),
        Overlaps = draw.Chance(0.3),
        SmallSegments = draw.Chance(0.15),
        OmitsMss = draw.Chance(0.3),
        SendsBackwards = draw.Chance(0.3),
        DelayedAck = draw.Chance(0.4) ? TimeSpan.FromMilliseconds(draw.Between(1, 400)) : TimeSpan.Zero,
    };

    private static LinkImpairment Link(ref RandomSequence draw) => new()
    {
        Seed = draw.Next(),
        Loss = draw.Pick(0, 0, 0.001, 0.01, 0.05, 0.15, 0.3),
        Burst = draw.Chance(0.2) ? 0.01 : 0,
        BurstLength = draw.Between(2, 20),
        Duplicate = draw.Chance(0.3) ? draw.Fraction() * 0.2 : 0,
        Reorder = draw.Chance(0.3) ? draw.Fraction() * 0.5 : 0,
        ReorderDelay = TimeSpan.FromMilliseconds(draw.Scaled(1, 300)),
        Corrupt = draw.Chance(0.3) ? draw.Fraction() * 0.05 : 0,
        Replay = draw.Chance(0.2) ? draw.Fraction() * 0.02 : 0,
        ReplayAge = TimeSpan.FromSeconds(draw.Scaled(1, 240)),
        Delay = TimeSpan.FromMilliseconds(draw.Pick(0, draw.Scaled(1, 500))),
        Jitter = TimeSpan.FromMilliseconds(draw.Pick(0, draw.Scaled(1, 100))),
        Rate = draw.Chance(0.3) ? draw.Scaled(64_000, 1_000_000_000) : null,
        Queue = (int)draw.Scaled(4, 1000),
    };

    private static ConnectionPlan[] Connections(ref RandomSequence draw, int count, TimeSpan healAt, int mtu)
    {
        // All connections together send the data of some thousands of segments.
        var max = Math.Max(Math.Min(2_000_000L, 2000L * Math.Max(mtu - 60, 16)) / count, 2);
        var storm = draw.Chance(0.3);
        var plans = new ConnectionPlan[count];
        for (var i = 0; i < count; i++)
        {
            plans[i] = new ConnectionPlan
            {
                Id = i,
                Start = storm
                    ? TimeSpan.Zero
                    : TimeSpan.FromMilliseconds(draw.Between(0, (long)healAt.TotalMilliseconds * 3 / 4)),
                ClientPort = draw.Chance(0.2) ? (int)draw.Between(40_000, 40_002) : 0,
                Client = End(ref draw, max),
                Server = End(ref draw, max),
            };
            // If each side waited for the FIN of the other, the connection would never end.
            if (plans[i] is { Client.Ending: Ending.ShutdownAfterEnd, Server.Ending: Ending.ShutdownAfterEnd })
                plans[i] = plans[i] with { Client = plans[i].Client with { Ending = Ending.Shutdown } };
        }

        return plans;
    }

    private static EndPlan End(ref RandomSequence draw, long max) => new()
    {
        Octets = draw.Pick(0, draw.Scaled(1, max), draw.Scaled(1, max), draw.Scaled(1, Math.Max(max / 50, 1))),
        WriteSize = (int)draw.Scaled(1, 64 * 1024),
        WritePause = draw.Chance(0.25) ? TimeSpan.FromMilliseconds(draw.Scaled(1, 500)) : TimeSpan.Zero,
        ReadSize = (int)draw.Scaled(16, 64 * 1024),
        ReadPause = draw.Chance(0.25) ? TimeSpan.FromMilliseconds(draw.Scaled(1, 500)) : TimeSpan.Zero,
        NeverReads = draw.Chance(0.05),
        Ending = draw.Pick(
            Ending.Shutdown, Ending.Shutdown, Ending.Shutdown, Ending.Shutdown, Ending.ShutdownAfterEnd,
            Ending.ShutdownAfterEnd, Ending.ShutdownAfterEnd, Ending.Close, Ending.Abort),
    };

    private static List<Incident> Incidents(ref RandomSequence draw, TimeSpan healAt, bool ipv6, bool isModelled)
    {
        var incidents = new List<Incident>();
        var latest = (long)healAt.TotalMilliseconds;
        if (draw.Chance(0.25))
        {
            incidents.Add(new(
                At(ref draw), IncidentKind.Partition, (int)draw.Between(0, 1),
                TimeSpan.FromMilliseconds(draw.Scaled(10, 120_000))));
        }

        if (draw.Chance(0.15))
        {
            incidents.Add(new(
                At(ref draw), IncidentKind.PacketTooBig, (int)draw.Between(0, 1), healAt,
                (int)draw.Scaled(ipv6 ? 1280 : 552, 9000)));
        }

        if (draw.Chance(0.1))
        {
            incidents.Add(new(
                At(ref draw), IncidentKind.BlackHole, (int)draw.Between(0, 1), TimeSpan.FromSeconds(draw.Scaled(1, 60)),
                (int)draw.Scaled(100, 1500)));
        }

        if (draw.Chance(0.1))
            incidents.Add(new(At(ref draw), IncidentKind.ClockJump, 0, LongJump));
        if (draw.Chance(0.1))
        {
            incidents.Add(
                new(At(ref draw), IncidentKind.Restart, isModelled ? 0 : (int)draw.Between(0, 1), TimeSpan.Zero));
        }

        if (draw.Chance(0.1) && !isModelled)
        {
            incidents.Add(
                new(At(ref draw), IncidentKind.ListenerPause, 1, TimeSpan.FromMilliseconds(draw.Scaled(10, 10_000))));
        }

        return incidents;

        TimeSpan At(ref RandomSequence sequence) => TimeSpan.FromMilliseconds(sequence.Between(0, latest));
    }
}
