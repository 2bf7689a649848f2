using System.ComponentModel.DataAnnotations;

namespace UserTcp.Engine.Contract;

/// <summary>Every limit, time and default of an engine. Immutable once an engine has it; <see cref="Validate"/> names what is wrong.</summary>
public sealed class EngineOptions
{
    /// <summary>Octets of the largest buffer: what a window field can express at the largest scale (RFC 7323 section 2.2).</summary>
    internal const int MaxBuffer = 1 << 30;

    private const long MinMaxMemory = 1L << 20;
    private const long MaxMaxMemory = 1L << 44;

    /// <summary>Bytes that <see cref="MaxMemory"/> stands for when it is not set: 1 GiB.</summary>
    public const long DefaultMaxMemory = 1L << 30;

    private static readonly TimeSpan MinTime = TimeSpan.FromTicks(1);

    // Also keeps doubled times far from the end of what a number of ticks can say.
    private static readonly TimeSpan MaxMaxRto = TimeSpan.FromHours(1);
    private static readonly TimeSpan MinMinProgressInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(365);

    // TIME-WAIT remembers its last answer in milliseconds modulo 2^16.
    private static readonly TimeSpan MaxChallengeAckInterval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Octets of received text that a connection holds for its user at most, and the largest window it offers, unless its own options say
    /// otherwise. It begins with <see cref="InitialReceiveBufferSize"/>, and grows with what its user consumes in a round trip (tcp_rmem).
    /// </summary>
    [Range(1024, MaxBuffer)]
    public int ReceiveBufferSize { get; set; } = 6 << 20;

    /// <summary>Octets of received text that a connection begins with; no more than <see cref="ReceiveBufferSize"/>, whatever this says.</summary>
    [Range(1024, MaxBuffer)]
    public int InitialReceiveBufferSize { get; set; } = 1 << 20;

    /// <summary>
    /// Octets that a connection queues for sending (unsent and unacknowledged) at most before the user has to wait, unless its own options
    /// say otherwise. It begins with <see cref="InitialSendBufferSize"/>, and grows to twice the congestion window (tcp_wmem). What is not
    /// queued takes no memory.
    /// </summary>
    [Range(1024, MaxBuffer)]
    public int SendBufferSize { get; set; } = 4 << 20;

    /// <summary>Octets for sending that a connection begins with; no more than <see cref="SendBufferSize"/>, whatever this says.</summary>
    [Range(1024, MaxBuffer)]
    public int InitialSendBufferSize { get; set; } = 1 << 20;

    /// <summary>Connections at most, half-open ones included, TIME-WAIT not.</summary>
    [Range(1, 1 << 24)]
    public int MaxConnections { get; set; } = 1 << 20;

    /// <summary>Connections in SYN-RECEIVED that one listener holds at most; further ones are answered as <see cref="SynCookies"/> says.</summary>
    [Range(1, 1 << 20)]
    public int MaxHalfOpen { get; set; } = 4096;

    /// <summary>
    /// When SYNs are answered by SYN cookies (RFC 4987, tcp_syncookies), which keep nothing of the peer until its ACK has come: under pressure
    /// unless set, which is at <see cref="MaxHalfOpen"/> or <see cref="MaxConnections"/>, or with memory short. With cookies the peer's MSS is
    /// rounded down to one of eight values, and without timestamps on both sides window scale, SACK and ECN are not used.
    /// </summary>
    public SynCookieMode SynCookies { get; set; } = SynCookieMode.UnderPressure;

    /// <summary>Established connections that wait to be accepted at most, unless the listener says otherwise.</summary>
    [Range(1, 1 << 20)]
    public int Backlog { get; set; } = 512;

    /// <summary>Connections that their users have closed and that are not at their end at most; a further one is reset (tcp_max_orphans).</summary>
    [Range(1, 1 << 24)]
    public int MaxOrphans { get; set; } = 16_384;

    /// <summary>
    /// Bytes of memory that the data of all connections may take, to send and received, in the engine and with its users (tcp_mem). From
    /// three quarters on nothing is kept out of order, no window grows beyond four segments, and users wait once they have a few segments
    /// queued. At the limit connections that make no progress are reset, the largest and longest stalled first; data that arrives is
    /// dropped, and retransmitted by the peer, unless its user has read all there was. An eighth more is a reserve for those who hold
    /// little. Null, the default, is <see cref="DefaultMaxMemory"/>; a stack takes half of what its process may have if that is less.
    /// </summary>
    public long? MaxMemory { get; set; }

    /// <summary>Entries in the TIME-WAIT table at most; at the limit the oldest goes.</summary>
    [Range(1, 1 << 24)]
    public int MaxTimeWait { get; set; } = 131_072;

    /// <summary>
    /// Runs of out-of-order text that a connection holds at most; further ones are dropped and sent again by the peer. A queue that
    /// overflows loses every other segment: as many runs as a path carries segments. Their memory is limited by the receive buffer.
    /// </summary>
    [Range(1, 4096)]
    public int MaxOutOfOrderBlocks { get; set; } = 1024;

    /// <summary>Replies outside any connection (RST, ICMP) that wait to be emitted at most.</summary>
    [Range(1, 1 << 16)]
    public int MaxPendingReplies { get; set; } = 256;

    /// <summary>ICMP errors a second that one source address is sent at most (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 f).</summary>
    [Range(0, 1 << 20)]
    public int IcmpErrorsPerSecond { get; set; } = 100;

    /// <summary>
    /// Faults of the engine itself within a minute that cost one connection each, at most; a further one fails the engine, and so the stack.
    /// 0 contains none: the first exception fails the engine, as it is thrown, which is what tests want.
    /// </summary>
    [Range(0, 1 << 24)]
    public int MaxConnectionFaults { get; set; } = 1000;

    /// <summary>MSL: half of the time spent in TIME-WAIT; at most an hour. RFC 9293 section 3.4.2 says 2 minutes; 30 s gives Linux's 60 s of TIME-WAIT.</summary>
    public TimeSpan MaxSegmentLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>RTO before the first measurement (RFC 6298 section 2.1); at most <see cref="MaxRto"/>.</summary>
    public TimeSpan InitialRto { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The least RTO, at most <see cref="MaxRto"/>. RFC 6298 section 2.4 says 1 s; 200 ms is Linux's.</summary>
    public TimeSpan MinRto { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The greatest RTO, at most an hour; should be 60 s at least (RFC 6298 section 2.5).</summary>
    public TimeSpan MaxRto { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// G of RFC 6298 section 2: the least that the RTO is above SRTT. 1 ms is about how often timers are looked at. Linux behaves as if
    /// it were 200 ms, so that an ACK which a peer holds back never looks like a loss. At most 1 s.
    /// </summary>
    public TimeSpan ClockGranularity { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest that an acknowledgment is held back; less than 0.5 s (MUST-40). 40 ms is Linux's.</summary>
    public TimeSpan DelayedAckTimeout { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>
    /// ACKs that are not held back at the start of a connection, and again after a silence of an RTO: the peer is in slow start and waits
    /// for each of them. A reply of the user's ends it. Linux has 16; with 0, every ACK may be held back.
    /// </summary>
    [Range(0, 1 << 16)]
    public int QuickAcks { get; set; }

    /// <summary>R2 for our SYN: how long an active open tries; at least 3 minutes (MUST-23).</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a passive open waits in SYN-RECEIVED for the handshake's third segment.</summary>
    public TimeSpan HalfOpenTimeout { get; set; } = TimeSpan.FromSeconds(63);

    /// <summary>
    /// How long a connection is idle before it is parked: then it takes as little memory as it can until something happens to it. Longer
    /// than most pauses between two requests, or each of them costs some microseconds more.
    /// </summary>
    public TimeSpan ParkAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// R2 for data: how long it is retransmitted, or a closed window probed without an answer, before the connection is given up; at
    /// least 100 s (SHLD-11). 0 means never.
    /// </summary>
    public TimeSpan UserTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an orphan (closed by its user) stays without progress in FIN-WAIT-1, CLOSING, LAST-ACK or FIN-WAIT-2.</summary>
    public TimeSpan OrphanTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Minimum progress: while data waits to be acknowledged, the peer has to acknowledge <see cref="MinProgressBytes"/> of it in each
    /// interval of this length, or all that waited when the interval began; else the connection is reset, whatever its window and its ACKs
    /// (RFC 9293 section 3.8.6.1 leaves it to the application or to a resource policy). From 1 ms to 365 days. Null, the default, or zero
    /// switches it off.
    /// </summary>
    public TimeSpan? MinProgressInterval { get; set; }

    /// <summary>Bytes that a peer has to acknowledge in each <see cref="MinProgressInterval"/>. 64 KiB in 10 minutes are 109 bytes a second.</summary>
    [Range(1, MaxBuffer)]
    public int MinProgressBytes { get; set; } = 64 << 10;

    /// <summary>The least time between two challenge ACKs of one connection (RFC 5961 section 7, per connection as CVE-2016-5696 taught).</summary>
    public TimeSpan ChallengeAckInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// True offers timestamps in our SYNs and takes them in the peer's (RFC 7323): a round trip measured with every ACK, protection against
    /// segments from before the sequence numbers went around, and proof that a recovery was for nothing (RFC 3522), for 12 octets in each
    /// segment. On unless switched off.
    /// </summary>
    public bool Timestamps { get; set; } = true;

    /// <summary>
    /// True permits selective acknowledgments in our SYNs, and sends and takes them, with reports of duplicates (RFC 2883), where the peer's
    /// SYN permits them too (RFC 2018). On unless switched off.
    /// </summary>
    public bool Sack { get; set; } = true;

    /// <summary>
    /// How losses are found where SACK is used: RACK-TLP (RFC 8985) unless set (tcp_recovery). Without SACK duplicate ACKs show them
    /// (RFC 5681, RFC 6582).
    /// </summary>
    public LossDetectionMethod LossDetection { get; set; } = LossDetectionMethod.Rack;

    /// <summary>
    /// Explicit congestion notification (RFC 3168): routers mark what they would else drop. By default, as in Linux (tcp_ecn), whoever asks
    /// for it gets it, and we do not ask.
    /// </summary>
    public EcnMode Ecn { get; set; } = EcnMode.Passive;

    /// <summary>The congestion control of connections that do not say otherwise: CUBIC (RFC 9438, RFC 9406) unless set.</summary>
    public CongestionAlgorithm CongestionControl { get; set; } = CongestionAlgorithm.Cubic;

    /// <summary>
    /// True, the default, spreads what the congestion window allows over the round trip; false sends it as soon as it may. Round trips of
    /// up to 1 ms are not worth it.
    /// </summary>
    public bool Pacing { get; set; } = true;

    /// <summary>L_LIMIT of RFC 5482 section 3.1: the least that a peer's user timeout option brings R2 down to; 100 s unless set.</summary>
    public TimeSpan MinUserTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>U_LIMIT of RFC 5482 section 3.1: the most that a peer's user timeout option brings R2 up to; an hour unless set.</summary>
    public TimeSpan MaxUserTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Connections that one listener lets be used before their handshake is complete at most (RFC 7413 section 5.1); further ones wait for
    /// it. Only where <see cref="ConnectionOptions.FastOpen"/> allows any.
    /// </summary>
    [Range(0, 1 << 20)]
    public int MaxPendingFastOpens { get; set; } = 256;

    /// <summary>
    /// Peers of which we remember the Fast Open cookie, or that SYNs with the option get lost, at most (RFC 7413 section 4.1.3.1); the one
    /// that came first goes. Of several engines that are one host each remembers as many.
    /// </summary>
    [Range(1, 1 << 20)]
    public int MaxFastOpenCookies { get; set; } = 1024;

    /// <summary>When segments find out themselves what the path carries (RFC 4821). Linux has it off; many servers switch it on as here.</summary>
    public PathMtuProbing PathMtuProbing { get; set; } = PathMtuProbing.WhenBlackHole;

    /// <summary>TTL or hop limit of what is sent (MUST-49).</summary>
    [Range(1, 255)]
    public int HopLimit { get; set; } = 64;

    /// <summary>The first ephemeral port (RFC 6056 section 3.2; 32,768 is Linux's).</summary>
    [Range(1024, 65_535)]
    public int FirstEphemeralPort { get; set; } = 32_768;

    /// <summary>The last ephemeral port (60,999 is Linux's).</summary>
    [Range(1024, 65_535)]
    public int LastEphemeralPort { get; set; } = 60_999;

    /// <summary>What is wrong with these options, one line each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(this, new ValidationContext(this), results, validateAllProperties: true);
        var problems = results.ConvertAll(result => result.ErrorMessage!);
        Check(LastEphemeralPort >= FirstEphemeralPort, $"{nameof(LastEphemeralPort)} must not be below {nameof(FirstEphemeralPort)}.");
        Check(
            MaxMemory is null or (>= MinMaxMemory and <= MaxMaxMemory),
            $"{nameof(MaxMemory)} is {MaxMemory}; it must be from {MinMaxMemory} to {MaxMaxMemory}, or null for the default.");
        CheckName(CongestionControl, nameof(CongestionControl));
        CheckName(LossDetection, nameof(LossDetection));
        CheckName(Ecn, nameof(Ecn));
        CheckName(SynCookies, nameof(SynCookies));
        CheckName(PathMtuProbing, nameof(PathMtuProbing));
        CheckTime(MaxSegmentLifetime, MinTime, MaxMaxRto, nameof(MaxSegmentLifetime));
        CheckTime(MaxRto, MinTime, MaxMaxRto, nameof(MaxRto));
        CheckTime(ClockGranularity, MinTime, TimeSpan.FromSeconds(1), nameof(ClockGranularity));
        CheckTime(ConnectTimeout, MinTime, MaxTimeout, nameof(ConnectTimeout));
        CheckTime(HalfOpenTimeout, MinTime, MaxTimeout, nameof(HalfOpenTimeout));
        CheckTime(ParkAfter, MinTime, MaxTimeout, nameof(ParkAfter));
        CheckTime(OrphanTimeout, MinTime, MaxTimeout, nameof(OrphanTimeout));
        CheckTime(MaxUserTimeout, MinTime, MaxTimeout, nameof(MaxUserTimeout));
        CheckTime(MinUserTimeout, MinTime, MaxUserTimeout, nameof(MinUserTimeout));
        CheckTime(UserTimeout, TimeSpan.Zero, MaxTimeout, nameof(UserTimeout));
        CheckTime(ChallengeAckInterval, TimeSpan.Zero, MaxChallengeAckInterval, nameof(ChallengeAckInterval));
        if (MinProgressInterval is { } interval && interval != TimeSpan.Zero)
            CheckTime(interval, MinMinProgressInterval, MaxTimeout, nameof(MinProgressInterval), "; zero switches it off");
        CheckRto(MinRto, nameof(MinRto));
        CheckRto(InitialRto, nameof(InitialRto));
        Check(
            DelayedAckTimeout >= TimeSpan.Zero && DelayedAckTimeout < TimeSpan.FromMilliseconds(500),
            $"{nameof(DelayedAckTimeout)} must be from 0 to below 500 ms (RFC 9293, MUST-40).");
        return problems;

        void Check(bool holds, string otherwise)
        {
            if (!holds)
                problems.Add(otherwise);
        }

        void CheckName<T>(T value, string name)
            where T : struct, Enum =>
            Check(Enum.IsDefined(value), $"{name} is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");

        void CheckTime(TimeSpan value, TimeSpan min, TimeSpan max, string name, string more = "") =>
            Check(value >= min && value <= max, $"{name} is {value:c}; it must be from {min:c} to {max:c}{more}.");

        void CheckRto(TimeSpan value, string name) => Check(
            value >= MinTime && value <= MaxRto,
            $"{name} is {value:c}; it must be from {MinTime:c} to {nameof(MaxRto)}, which is {MaxRto:c}.");
    }

    /// <summary>
    /// A copy for one of several engines that are one host: what is a limit for the host, each has a part of. Replies that wait to be
    /// emitted come in bursts, and are few.
    /// </summary>
    internal EngineOptions For(EngineShare share)
    {
        var part = (EngineOptions)MemberwiseClone();
        part.MaxConnections = share.PartOf(MaxConnections);
        part.MaxHalfOpen = share.PartOf(MaxHalfOpen);
        part.MaxPendingFastOpens = MaxPendingFastOpens == 0 ? 0 : share.PartOf(MaxPendingFastOpens);
        part.MaxOrphans = share.PartOf(MaxOrphans);
        part.MaxMemory = share.PartOf(MaxMemory ?? DefaultMaxMemory);
        part.MaxConnectionFaults = share.PartOf(MaxConnectionFaults);
        part.MaxTimeWait = share.PartOf(MaxTimeWait);
        part.IcmpErrorsPerSecond = share.PartOf(IcmpErrorsPerSecond);
        return part;
    }
}
