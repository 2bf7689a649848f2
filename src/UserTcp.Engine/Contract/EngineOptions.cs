using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace UserTcp.Engine.Contract;

/// <summary>
/// The limits, times and defaults of an engine. Immutable once an engine has it; <see cref="Validate"/> reports invalid
/// values.
/// </summary>
public sealed class EngineOptions
{
    /// <summary>Maximum buffer size in bytes: the largest window at the maximum scale (RFC 7323 section 2.2).</summary>
    internal const int MaxBuffer = 1 << 30;

    private const long MinMaxMemory = 1L << 20;
    private const long MaxMaxMemory = 1L << 44;

    /// <summary>The default of <see cref="MaxMemory"/>: 1 GiB.</summary>
    public const long DefaultMaxMemory = 1L << 30;

    private static readonly TimeSpan MinTime = TimeSpan.FromTicks(1);

    // Also keeps doubled times far below the overflow of ticks.
    private static readonly TimeSpan MaxMaxRto = TimeSpan.FromHours(1);
    private static readonly TimeSpan MinMinProgressInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(365);

    // A TIME-WAIT entry stores the time of its last ACK in milliseconds modulo 2^16.
    private static readonly TimeSpan MaxChallengeAckInterval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Maximum receive buffer of a connection in bytes, and so its maximum receive window, unless its own options
    /// differ. It starts at <see cref="InitialReceiveBufferSize"/> and grows with the data that the application
    /// consumes in a round trip (tcp_rmem).
    /// </summary>
    [Range(1024, MaxBuffer)]
    public int ReceiveBufferSize { get; set; } = 6 << 20;

    /// <summary>Initial receive buffer of a connection in bytes; <see cref="ReceiveBufferSize"/> caps it.</summary>
    [Range(1024, MaxBuffer)]
    public int InitialReceiveBufferSize { get; set; } = 1 << 20;

    /// <summary>
    /// Maximum send buffer of a connection in bytes (unsent and unacknowledged data), unless its own options differ. A
    /// full buffer makes the application wait. It starts at <see cref="InitialSendBufferSize"/> and grows to 2 * cwnd
    /// (tcp_wmem). An empty buffer takes no memory.
    /// </summary>
    [Range(1024, MaxBuffer)]
    public int SendBufferSize { get; set; } = 4 << 20;

    /// <summary>Initial send buffer of a connection in bytes; <see cref="SendBufferSize"/> caps it.</summary>
    [Range(1024, MaxBuffer)]
    public int InitialSendBufferSize { get; set; } = 1 << 20;

    /// <summary>Maximum number of connections, half-open ones included, TIME-WAIT excluded.</summary>
    [Range(1, 1 << 24)]
    public int MaxConnections { get; set; } = 1 << 20;

    /// <summary>
    /// Maximum number of connections in SYN-RECEIVED per listener. Further SYNs are answered as
    /// <see cref="SynCookies"/> says.
    /// </summary>
    [Range(1, 1 << 20)]
    public int MaxHalfOpen { get; set; } = 4096;

    /// <summary>
    /// When SYNs are answered with SYN cookies (RFC 4987, tcp_syncookies), which keep no state until the peer's ACK
    /// arrives. The default is under pressure: at <see cref="MaxHalfOpen"/> or <see cref="MaxConnections"/>, or with
    /// memory short. A cookie rounds the peer's MSS down to one of eight values. Without timestamps on both sides it
    /// loses window scale, SACK and ECN.
    /// </summary>
    public SynCookieMode SynCookies { get; set; } = SynCookieMode.UnderPressure;

    /// <summary>
    /// Maximum number of established connections in a listener's accept queue, unless the listener sets its own.
    /// </summary>
    [Range(1, 1 << 20)]
    public int Backlog { get; set; } = 512;

    /// <summary>
    /// Maximum number of orphans: connections that their application has closed and that have not ended. A further one
    /// is reset (tcp_max_orphans).
    /// </summary>
    [Range(1, 1 << 24)]
    public int MaxOrphans { get; set; } = 16_384;

    /// <summary>
    /// Maximum memory in bytes for the data of all connections, sent and received, in the engine and with its
    /// applications (tcp_mem).
    /// From three quarters on, out-of-order data is dropped, no window exceeds four segments, and applications wait
    /// after a few segments. At the limit connections without progress are reset, the largest and longest stalled
    /// first. Arriving data is dropped, for the peer to retransmit, unless the application has read everything. Another
    /// eighth is reserved for connections that hold little.
    /// Null means <see cref="DefaultMaxMemory"/>; a stack uses half of its process's memory limit if that is less.
    /// </summary>
    public long? MaxMemory { get; set; }

    /// <summary>Maximum number of TIME-WAIT entries; at the limit the oldest is removed.</summary>
    [Range(1, 1 << 24)]
    public int MaxTimeWait { get; set; } = 131_072;

    /// <summary>
    /// Maximum number of ranges in the reassembly queue of a connection. Data of further ranges is dropped, and the
    /// peer retransmits it. A queue that overflows on the path loses every other segment, so the limit is about the
    /// segments of a path. The receive buffer limits the memory of the ranges.
    /// </summary>
    [Range(1, 4096)]
    public int MaxOutOfOrderRanges { get; set; } = 1024;

    /// <summary>Maximum number of queued replies that belong to no connection (RST, ICMP).</summary>
    [Range(1, 1 << 16)]
    public int MaxPendingReplies { get; set; } = 256;

    /// <summary>
    /// Maximum number of ICMP errors per second to one address (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 f).
    /// </summary>
    [Range(0, 1 << 20)]
    public int IcmpErrorsPerSecond { get; set; } = 100;

    /// <summary>Maximum number of UDP endpoints.</summary>
    [Range(1, 1 << 17)]
    public int MaxUdpEndpoints { get; set; } = 16_384;

    /// <summary>
    /// Maximum bytes of data in the receive queue of a UDP endpoint (SO_RCVBUF). A further datagram is dropped and
    /// counted (<see cref="Counter.UdpRcvbufErrors"/>).
    /// </summary>
    [Range(1, 1 << 28)]
    public int UdpReceiveBufferSize { get; set; } = 256 << 10;

    /// <summary>Maximum number of datagrams in the receive queue of a UDP endpoint.</summary>
    [Range(1, 1 << 20)]
    public int MaxQueuedDatagrams { get; set; } = 1024;

    /// <summary>
    /// Maximum number of faults of the engine itself within a minute, each of which costs one connection. A further one
    /// fails the engine, and so the stack. 0 contains none: the first exception fails the engine and is thrown, which
    /// suits tests.
    /// </summary>
    [Range(0, 1 << 24)]
    public int MaxConnectionFaults { get; set; } = 1000;

    /// <summary>
    /// MSL, half of the time in TIME-WAIT; at most an hour. RFC 9293 section 3.4.2 has 2 minutes; 30 s gives Linux's
    /// TIME-WAIT of 60 s.
    /// </summary>
    public TimeSpan MaxSegmentLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>RTO before the first RTT measurement (RFC 6298 section 2.1); at most <see cref="MaxRto"/>.</summary>
    public TimeSpan InitialRto { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Minimum RTO, at most <see cref="MaxRto"/>. RFC 6298 section 2.4 has 1 s; 200 ms is Linux's.</summary>
    public TimeSpan MinRto { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Maximum RTO, at most an hour; should be 60 s or more (RFC 6298 section 2.5).</summary>
    public TimeSpan MaxRto { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// G (RFC 6298 section 2): the minimum difference of RTO and SRTT, at most 1 s. 1 ms is about the timer resolution.
    /// Linux behaves as with 200 ms, so that a delayed ACK never looks like a loss.
    /// </summary>
    public TimeSpan ClockGranularity { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Maximum delay of a delayed ACK, less than 0.5 s (MUST-40). 40 ms is Linux's.</summary>
    public TimeSpan DelayedAckTimeout { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>
    /// Number of immediate ACKs at the start of a connection, and after it was idle for an RTO: the peer is in slow
    /// start and waits for each ACK. A reply of the application ends quick-ACK mode. Linux has 16; 0 allows every ACK
    /// to be delayed.
    /// </summary>
    [Range(0, 1 << 16)]
    public int QuickAcks { get; set; }

    /// <summary>R2 for a SYN: the give-up time of an active open; minimum 3 minutes (MUST-23).</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a passive open waits in SYN-RECEIVED for the third segment of the handshake.</summary>
    public TimeSpan HalfOpenTimeout { get; set; } = TimeSpan.FromSeconds(63);

    /// <summary>
    /// Idle time after which a connection is parked: it then takes minimal memory until its next segment or call.
    /// Should exceed most pauses between two requests, since unparking costs some microseconds.
    /// </summary>
    public TimeSpan ParkAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// R2 for data: how long data is retransmitted, or zero-window probes stay unanswered, before the connection ends;
    /// minimum 100 s (SHLD-11). 0 means never.
    /// </summary>
    public TimeSpan UserTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an orphan stays without progress in FIN-WAIT-1, FIN-WAIT-2, CLOSING or LAST-ACK.</summary>
    public TimeSpan OrphanTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Minimum progress: while data is unacknowledged, the peer must acknowledge <see cref="MinProgressBytes"/> in each
    /// interval of this length, or all data that waited at its start. Otherwise the connection is reset, whatever its
    /// window and ACKs (RFC 9293 section 3.8.6.1 permits such a resource policy). 1 ms to 365 days. Null, the default,
    /// or zero disables it.
    /// </summary>
    public TimeSpan? MinProgressInterval { get; set; }

    /// <summary>
    /// Bytes that a peer must acknowledge in each <see cref="MinProgressInterval"/>. 64 KiB in 10 minutes are 109
    /// bytes/s.
    /// </summary>
    [Range(1, MaxBuffer)]
    public int MinProgressBytes { get; set; } = 64 << 10;

    /// <summary>
    /// Minimum time between two challenge ACKs of a connection (RFC 5961 section 7). The limit is per connection
    /// because of CVE-2016-5696.
    /// </summary>
    public TimeSpan ChallengeAckInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// True offers timestamps in our SYNs and accepts them in the peer's (RFC 7323). They measure the RTT with every
    /// ACK, enable PAWS, and reveal spurious recoveries (RFC 3522), for 12 bytes in each segment. On by default.
    /// </summary>
    public bool Timestamps { get; set; } = true;

    /// <summary>
    /// True permits SACK in our SYNs, and uses it and D-SACK (RFC 2883) where the peer's SYN permits it too (RFC 2018).
    /// On by default.
    /// </summary>
    public bool Sack { get; set; } = true;

    /// <summary>
    /// Loss detection with SACK: RACK-TLP (RFC 8985) by default (tcp_recovery). Without SACK duplicate ACKs reveal
    /// losses (RFC 5681, RFC 6582).
    /// </summary>
    public LossDetectionMethod LossDetection { get; set; } = LossDetectionMethod.Rack;

    /// <summary>
    /// Explicit congestion notification (RFC 3168): routers set CE instead of dropping. By default, as in Linux
    /// (tcp_ecn), a peer that requests it gets it, and our SYNs do not request it.
    /// </summary>
    public EcnMode Ecn { get; set; } = EcnMode.Passive;

    /// <summary>Default congestion control: CUBIC (RFC 9438, RFC 9406).</summary>
    public CongestionAlgorithm CongestionControl { get; set; } = CongestionAlgorithm.Cubic;

    /// <summary>
    /// True, the default, spreads the congestion window over the round trip. False sends it at once. RTTs of up to 1 ms
    /// are never paced.
    /// </summary>
    public bool Pacing { get; set; } = true;

    /// <summary>
    /// L_LIMIT (RFC 5482 section 3.1): the minimum that a peer's user timeout option can set R2 to. 100 s by default.
    /// </summary>
    public TimeSpan MinUserTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>
    /// U_LIMIT (RFC 5482 section 3.1): the maximum that a peer's user timeout option can set R2 to. An hour by default.
    /// </summary>
    public TimeSpan MaxUserTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// PendingFastOpenRequests (RFC 7413 section 5.1): maximum number of connections per listener that deliver data
    /// before their handshake completes. Further ones complete it first. Applies where
    /// <see cref="ConnectionOptions.FastOpen"/> is set.
    /// </summary>
    [Range(0, 1 << 20)]
    public int MaxPendingFastOpens { get; set; } = 256;

    /// <summary>
    /// Maximum number of peers whose Fast Open cookie, or loss of SYNs with the option, is remembered (RFC 7413
    /// section 4.1.3.1). The oldest is removed first. Each of several engines of a host remembers as many.
    /// </summary>
    [Range(1, 1 << 20)]
    public int MaxFastOpenCookies { get; set; } = 1024;

    /// <summary>
    /// When a sender probes the path MTU (RFC 4821). Linux has it off; many servers enable it as here.
    /// </summary>
    public PathMtuProbing PathMtuProbing { get; set; } = PathMtuProbing.WhenBlackHole;

    /// <summary>TTL or hop limit of sent packets (MUST-49).</summary>
    [Range(1, 255)]
    public int HopLimit { get; set; } = 64;

    /// <summary>The first ephemeral port (RFC 6056 section 3.2; 32,768 is Linux's).</summary>
    [Range(1024, 65_535)]
    public int FirstEphemeralPort { get; set; } = 32_768;

    /// <summary>The last ephemeral port (60,999 is Linux's).</summary>
    [Range(1024, 65_535)]
    public int LastEphemeralPort { get; set; } = 60_999;

    /// <summary>
    /// The congestion control of <see cref="UseCongestionControl"/>, which overrides <see cref="CongestionControl"/>.
    /// Not a public property: what a configuration file cannot say would break the binding of the others.
    /// </summary>
    internal CongestionControlFactory? CustomCongestionControl { get; private set; }

    /// <summary>
    /// Uses a congestion control of your own, instead of <see cref="CongestionControl"/>, for connections whose options
    /// name none. Null uses <see cref="CongestionControl"/> again.
    /// </summary>
    public void UseCongestionControl(CongestionControlFactory? factory) => CustomCongestionControl = factory;

    /// <summary>The congestion control of <see cref="UseCongestionControl"/>; null for none.</summary>
    public CongestionControlFactory? GetCustomCongestionControl() => CustomCongestionControl;

    /// <summary>The problems of these options, one line each; empty when they are valid.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = RangeProblems();
        Check(
            LastEphemeralPort >= FirstEphemeralPort,
            $"{nameof(LastEphemeralPort)} must not be below {nameof(FirstEphemeralPort)}.");
        Check(
            MaxMemory is null or (>= MinMaxMemory and <= MaxMaxMemory),
            $"{nameof(MaxMemory)} is {MaxMemory}; " +
            $"it must be from {MinMaxMemory} to {MaxMaxMemory}, or null for the default.");
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
        {
            CheckTime(
                interval, MinMinProgressInterval, MaxTimeout, nameof(MinProgressInterval), "; zero switches it off");
        }

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
            Check(
                Enum.IsDefined(value),
                $"{name} is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");

        void CheckTime(TimeSpan value, TimeSpan min, TimeSpan max, string name, string more = "") =>
            Check(value >= min && value <= max, $"{name} is {value:c}; it must be from {min:c} to {max:c}{more}.");

        void CheckRto(TimeSpan value, string name) => Check(
            value >= MinTime && value <= MaxRto,
            $"{name} is {value:c}; it must be from {MinTime:c} to {nameof(MaxRto)}, which is {MaxRto:c}.");
    }

    /// <summary>
    /// Values outside their ranges. The type is named, so that a trimmed program keeps its properties and their
    /// attributes.
    /// </summary>
    private List<string> RangeProblems()
    {
        var results = new List<ValidationResult>();
        foreach (var property in typeof(EngineOptions).GetProperties())
        {
            var context = new ValidationContext(this, property.Name, serviceProvider: null, items: null)
            {
                MemberName = property.Name,
            };
            Validator.TryValidateValue(
                property.GetValue(this), context, results, property.GetCustomAttributes<ValidationAttribute>());
        }

        return results.ConvertAll(result => result.ErrorMessage!);
    }

    /// <summary>
    /// A copy for one of several engines of a host: each gets its part of the host's limits. The limit of pending
    /// replies stays whole, since replies are few and come in bursts.
    /// </summary>
    internal EngineOptions For(EngineShare share)
    {
        var part = (EngineOptions)MemberwiseClone();
        part.MaxConnections = share.PartOf(MaxConnections);
        part.MaxHalfOpen = share.PartOf(MaxHalfOpen);
        part.MaxPendingFastOpens = MaxPendingFastOpens == 0 ? 0 : share.PartOf(MaxPendingFastOpens);
        part.MaxUdpEndpoints = share.PartOf(MaxUdpEndpoints);
        part.MaxOrphans = share.PartOf(MaxOrphans);
        part.MaxMemory = share.PartOf(MaxMemory ?? DefaultMaxMemory);
        part.MaxConnectionFaults = share.PartOf(MaxConnectionFaults);
        part.MaxTimeWait = share.PartOf(MaxTimeWait);
        part.IcmpErrorsPerSecond = share.PartOf(IcmpErrorsPerSecond);
        return part;
    }
}
