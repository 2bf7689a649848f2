using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Fuzz.Running;
using UserTcp.Wire;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>The setup from the head of an input: the engine's options, link, clock, and kind of application.</summary>
internal sealed class WorldSetup
{
    public static readonly IpAddress OurIPv4 = IpAddress.FromIPv4(0xC612_0002);
    public static readonly IpAddress PeerIPv4 = IpAddress.FromIPv4(0xC612_0001);
    public static readonly IpAddress OurIPv6 = new(0x2001_0DB8_0075_0000, 2);
    public static readonly IpAddress PeerIPv6 = new(0x2001_0DB8_0075_0000, 1);

    private const int MinMtuIPv6 = 1280;

    public WorldSetup(ulong head)
    {
        var dice = new Dice(head);
        Options = DrawOptions(ref dice);
        var mtu = dice.Of<int>([1500, 1500, 1500, 1500, 576, 1280, 9000, 65_535, 68, 100]);
        var offload = dice.Below(4);
        Link = new LinkProperties(mtu, ChecksumOffload: offload >= 2, SegmentationOffload: offload == 3);
        IsIPv6 = mtu >= MinMtuIPv6 && dice.OneIn(3);
        Addresses = mtu >= MinMtuIPv6 ? [OurIPv4, OurIPv6] : [OurIPv4];
        Keys = new EngineKeys(
            Key(ref dice), Key(ref dice), Key(ref dice), Key(ref dice), Key(ref dice),
            Key(ref dice), new SipKey(head, 13));
        Share = dice.OneIn(16) ? new EngineShare(dice.Below(3), 3) : EngineShare.Whole;
        Start = new MonotonicTime(1 + (long)(dice.Below(4) switch
        {
            0 => (ulong)TimeSpan.TicksPerSecond,
            // The wrap of a 32-bit clock in milliseconds.
            1 => ((1UL << 32) - 5000) * TimeSpan.TicksPerMillisecond,
            2 => dice.OfMagnitude(58),
            _ => dice.OfMagnitude(44),
        }));
        SequenceNear = dice.Below(4) switch { 0 => 0x8000_0000, 1 => 0, _ => null };
        Accepts = !dice.OneIn(4);
        Reads = dice.Below(3);
        ConnectionOptions = DrawConnectionOptions(ref dice);
        Heals = dice.OneIn(2);
        FailsAllocations = dice.OneIn(8);
        Parks = dice.OneIn(2);
        DrawLimits(ref dice, Options);
        // Faults are not contained: each is a finding where it happens.
        if (!FailsAllocations)
            Options.MaxConnectionFaults = 0;
    }

    public EngineOptions Options { get; }

    public LinkProperties Link { get; }

    public IReadOnlyList<IpAddress> Addresses { get; }

    public bool IsIPv6 { get; }

    public EngineKeys Keys { get; }

    public EngineShare Share { get; }

    public MonotonicTime Start { get; }

    /// <summary>The engine's initial sequence numbers lie just below this.</summary>
    public uint? SequenceNear { get; }

    /// <summary>The application accepts at once.</summary>
    public bool Accepts { get; }

    /// <summary>0: the application reads by steps only; else it reads all data at once.</summary>
    public int Reads { get; }

    /// <summary>The options of connections, unless a step draws others.</summary>
    public ConnectionOptions ConnectionOptions { get; }

    /// <summary>At the end the peer is honest before it falls silent.</summary>
    public bool Heals { get; }

    /// <summary>Steps may make block allocation fail.</summary>
    public bool FailsAllocations { get; }

    /// <summary>Idle connections are parked after each step.</summary>
    public bool Parks { get; }

    public IpAddress Ours => IsIPv6 ? OurIPv6 : OurIPv4;

    public IpAddress Peer => IsIPv6 ? PeerIPv6 : PeerIPv4;

    public static ConnectionOptions DrawConnectionOptions(ref Dice dice)
    {
        if (dice.OneIn(3))
            return ConnectionOptions.Default;
        return new ConnectionOptions
        {
            NoDelay = dice.OneIn(2),
            ReceiveBufferSize = dice.OneIn(4) ? 1 + (int)dice.OfMagnitude(20) : null,
            SendBufferSize = dice.OneIn(4) ? 1 + (int)dice.OfMagnitude(20) : null,
            KeepAlive = dice.OneIn(4),
            // Not seconds: another connection's probes would fill the hours that one waits.
            KeepAliveTime = TimeSpan.FromMilliseconds(15_000 + dice.OfMagnitude(23)),
            KeepAliveInterval = TimeSpan.FromMilliseconds(1000 + dice.OfMagnitude(17)),
            KeepAliveRetryCount = dice.Between(2, 9),
            UserTimeout = dice.OneIn(4) ? TimeSpan.FromMilliseconds(dice.OfMagnitude(20)) : null,
            AdvertisedUserTimeout = dice.OneIn(4) ? TimeSpan.FromSeconds(dice.Between(1, 1_966_020)) : null,
            LingerTime = dice.OneIn(6) ? TimeSpan.FromMilliseconds(dice.OfMagnitude(17)) : null,
            TrafficClass = (byte)dice.Next(),
            HopLimit = dice.OneIn(4) ? (byte)dice.Between(1, 255) : null,
            CongestionControl = dice.OneIn(2) ? (CongestionAlgorithm)dice.Below(3) : null,
            FastOpen = dice.OneIn(3),
            ReportsSoftErrors = !dice.OneIn(4),
        };
    }

    private static SipKey Key(ref Dice dice) => new(dice.Next(), dice.Next());

    /// <summary>Drawn last, so that older inputs keep their meaning.</summary>
    private static void DrawLimits(ref Dice dice, EngineOptions options)
    {
        options.SynCookies = (SynCookieMode)dice.Below(3);
        if (dice.OneIn(4))
        {
            options.MinProgressInterval = TimeSpan.FromMilliseconds(dice.Of<int>([1, 1000, 600_000]));
            options.MinProgressBytes = dice.Of<int>([1, 1024, 65_536]);
        }
    }

    private static EngineOptions DrawOptions(ref Dice dice)
    {
        var options = new EngineOptions
        {
            ReceiveBufferSize = dice.Of<int>([6 << 20, 65_536, 65_536, 4096, 1024]),
            InitialReceiveBufferSize = dice.Of<int>([1 << 20, 65_536, 1024]),
            SendBufferSize = dice.Of<int>([4 << 20, 65_536, 1024]),
            InitialSendBufferSize = dice.Of<int>([1 << 20, 16_384, 1024]),
            MaxConnections = dice.Of<int>([64, 64, 8, 2, 1]),
            MaxHalfOpen = dice.Of<int>([64, 8, 2, 1]),
            Backlog = dice.Of<int>([64, 8, 2, 1]),
            MaxOrphans = dice.Of<int>([64, 2, 1]),
            MaxMemory = dice.Of<long>([1L << 30, 1L << 30, 1L << 20, 3L << 20]),
            MaxTimeWait = dice.Of<int>([64, 4, 1]),
            MaxOutOfOrderRanges = dice.Of<int>([1024, 64, 4, 1]),
            MaxPendingReplies = dice.Of<int>([256, 16, 1]),
            IcmpErrorsPerSecond = dice.Of<int>([100, 1, 0]),
            MaxSegmentLifetime = dice.Of<TimeSpan>(
                [TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)]),
            DelayedAckTimeout = TimeSpan.FromMilliseconds(dice.Of<int>([40, 0, 499])),
            QuickAcks = dice.Of<int>([0, 16, 1]),
            ChallengeAckInterval = TimeSpan.FromMilliseconds(dice.Of<int>([500, 0, 60_000])),
            Timestamps = dice.OneIn(2),
            Sack = !dice.OneIn(4),
            LossDetection = (LossDetectionMethod)dice.Below(2),
            Ecn = (EcnMode)dice.Below(3),
            CongestionControl = (CongestionAlgorithm)dice.Below(3),
            Pacing = dice.OneIn(2),
            MaxPendingFastOpens = dice.Of<int>([256, 1, 0]),
            MaxFastOpenCookies = dice.Of<int>([16, 1]),
            PathMtuProbing = (PathMtuProbing)dice.Below(3),
            HopLimit = dice.Of<int>([64, 1, 255]),
        };
        // A retransmission interval far below the user timeout would need many steps of silence.
        options.MaxRto = TimeSpan.FromSeconds(dice.Of<int>([120, 60, 3, 600]));
        options.MinRto = TimeSpan.FromMilliseconds(dice.Of<int>([200, 1, 3000]));
        options.InitialRto = TimeSpan.FromMilliseconds(dice.Of<int>([1000, 1, 3000]));
        options.ClockGranularity = dice.OneIn(2) ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1);
        options.UserTimeout = TimeSpan.FromSeconds(dice.Of<int>([900, 100, 1]));
        options.ConnectTimeout = TimeSpan.FromSeconds(dice.Of<int>([180, 1]));
        options.HalfOpenTimeout = TimeSpan.FromSeconds(dice.Of<int>([63, 1]));
        options.OrphanTimeout = TimeSpan.FromSeconds(dice.Of<int>([60, 1]));
        if (dice.OneIn(4))
            (options.MinUserTimeout, options.MaxUserTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        return options;
    }
}
