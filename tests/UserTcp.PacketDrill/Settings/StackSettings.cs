using System.Globalization;
using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Settings;

/// <summary>
/// The settings of the stack under test: Linux's defaults, the flags of packetdrill (`--so_flags`), and the sysctls of
/// scripts.
/// </summary>
internal sealed class StackSettings
{
    private readonly Dictionary<string, Action<string>> _flags;

    public StackSettings() => _flags = new()
    {
        ["local4"] = value => LocalIPv4 = Address(value),
        ["local6"] = value => LocalIPv6 = Address(value),
        ["mtu"] = value => Mtu = Number(value),
        ["rmem"] = value => MaxReceiveBuffer = ReceiveBuffer = Number(value),
        ["wmem"] = value => SendBuffer = Number(value),
        ["min_rto_ms"] = value => MinimumRto = TimeSpan.FromMilliseconds(Number(value)),
        ["rto_above_srtt_ms"] = value => RtoAboveSrtt = TimeSpan.FromMilliseconds(Number(value)),
        ["quick_acks"] = value => QuickAcks = Number(value),
        ["delayed_ack_ms"] = value => DelayedAck = TimeSpan.FromMilliseconds(Number(value)),
        ["challenge_ack_ms"] = value => ChallengeAck = TimeSpan.FromMilliseconds(Number(value)),
    };

    public IpAddress LocalIPv4 { get; private set; } = Address("192.168.0.1");

    public IpAddress LocalIPv6 { get; private set; } = Address("fd3d:0a0b:17d6::1");

    public int Mtu { get; private set; } = LinkProperties.DefaultMtu;

    /// <summary>The buffer that a socket reports (the middle of tcp_rmem).</summary>
    public int ReceiveBuffer { get; set; } = 131_072;

    /// <summary>The max receive buffer (the last of tcp_rmem), from which the window scale is derived.</summary>
    public int MaxReceiveBuffer { get; set; } = 6 << 20;

    /// <summary>The middle of tcp_wmem.</summary>
    public int SendBuffer { get; set; } = 16_384;

    /// <summary>The max send buffer (the last of tcp_wmem).</summary>
    public int MaxSendBuffer { get; set; } = 4 << 20;

    /// <summary>Unsent octets at which a socket stops being writable.</summary>
    public uint NotSentLowWater { get; set; } = uint.MaxValue;

    public int SynRetries { get; set; } = 6;

    public int SynAckRetries { get; set; } = 5;

    public TimeSpan MinimumRto { get; set; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan RtoAboveSrtt { get; private set; } = TimeSpan.FromMilliseconds(200);

    public int QuickAcks { get; private set; } = 16;

    public TimeSpan DelayedAck { get; set; } = TimeSpan.FromMilliseconds(40);

    public TimeSpan ChallengeAck { get; private set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The default of packetdrill; scripts change it.</summary>
    public CongestionAlgorithm CongestionControl { get; set; } = CongestionAlgorithm.NewReno;

    /// <summary>tcp_timestamps.</summary>
    public bool Timestamps { get; set; } = true;

    /// <summary>tcp_sack.</summary>
    public bool Sack { get; set; } = true;

    /// <summary>tcp_ecn.</summary>
    public EcnMode Ecn { get; set; } = EcnMode.Passive;

    /// <summary>tcp_syncookies.</summary>
    public SynCookieMode SynCookies { get; set; } = SynCookieMode.UnderPressure;

    /// <summary>tcp_fastopen. By default for clients only, as in Linux.</summary>
    public FastOpenUse FastOpen { get; set; } = FastOpenUse.Client;

    /// <summary>tcp_fastopen_key.</summary>
    public SipKey FastOpenKey { get; set; } = new(11, 12);

    public IReadOnlyList<IpAddress> Addresses => [LocalIPv4, LocalIPv6];

    /// <summary>Parses flags: `name=value`, separated by commas.</summary>
    /// <exception cref="FormatException">A flag is unknown or its value invalid; the message names it.</exception>
    public static StackSettings Parse(string flags)
    {
        var settings = new StackSettings();
        foreach (var flag in flags.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = flag.Split('=', 2);
            if (parts.Length != 2 || !settings._flags.TryGetValue(parts[0], out var set))
            {
                throw new FormatException(
                    $"No such flag: {flag}. There are: {string.Join(", ", settings._flags.Keys)}.");
            }

            set(parts[1]);
        }

        return settings;
    }

    public EngineOptions ToEngineOptions() => new()
    {
        // A fault fails the script.
        MaxConnectionFaults = 0,
        ReceiveBufferSize = MaxReceiveBuffer,
        SendBufferSize = MaxSendBuffer,
        MinRto = MinimumRto,
        ClockGranularity = RtoAboveSrtt,
        QuickAcks = QuickAcks,
        PathMtuProbing = PathMtuProbing.Off,
        DelayedAckTimeout = DelayedAck,
        ChallengeAckInterval = ChallengeAck,
        ConnectTimeout = UserTimeoutFor(SynRetries),
        HalfOpenTimeout = UserTimeoutFor(SynAckRetries),
        Timestamps = Timestamps,
        Sack = Sack,
        Ecn = Ecn,
        SynCookies = SynCookies,
        CongestionControl = CongestionControl,
        // Without a fair queueing discipline Linux paces neither Reno nor CUBIC.
        Pacing = false,
    };

    /// <summary>The duration of a SYN's retransmissions, from 1 s and doubling each time.</summary>
    public static TimeSpan UserTimeoutFor(int retries) =>
        TimeSpan.FromSeconds((1L << (Math.Clamp(retries, 0, 20) + 1)) - 1);

    private static IpAddress Address(string text) => IpAddress.From(IPAddress.Parse(text));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
