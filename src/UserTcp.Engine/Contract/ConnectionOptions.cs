using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>
/// What may be set for one connection: before it is opened, for all that a listener accepts, or later by
/// <see cref="TcpEngine.SetOptions"/> (RFC 9293 section 3.9.1).
/// </summary>
public sealed record ConnectionOptions
{
    /// <summary>Everything as the engine's options say.</summary>
    public static readonly ConnectionOptions Default = new();

    /// <summary>True switches Nagle's algorithm off (MUST-17).</summary>
    public bool NoDelay { get; init; }

    /// <summary>Octets of receive buffer, from 1 to 1 GiB; settled by the open; null grows up to <see cref="EngineOptions.ReceiveBufferSize"/>.</summary>
    public int? ReceiveBufferSize { get; init => field = value is null ? null : Buffer(value.Value, nameof(ReceiveBufferSize)); }

    /// <summary>Octets of send buffer, from 1 to 1 GiB; settled by the open; null grows up to <see cref="EngineOptions.SendBufferSize"/>.</summary>
    public int? SendBufferSize { get; init => field = value is null ? null : Buffer(value.Value, nameof(SendBufferSize)); }

    /// <summary>True probes a peer that has been silent (MUST-24); off unless asked for (MUST-25).</summary>
    public bool KeepAlive { get; init; }

    /// <summary>How long a peer may be silent before it is probed (MUST-27); two hours unless set (MUST-28).</summary>
    public TimeSpan KeepAliveTime { get; init => field = Positive(value, nameof(KeepAliveTime)); } = TimeSpan.FromHours(2);

    /// <summary>The time between two probes. 75 s is everybody's.</summary>
    public TimeSpan KeepAliveInterval { get; init => field = Positive(value, nameof(KeepAliveInterval)); } = TimeSpan.FromSeconds(75);

    /// <summary>Probes in a row without any answer before the connection counts as dead; one alone must not suffice (MUST-29).</summary>
    public int KeepAliveRetryCount { get; init => field = AtLeast(2, value, nameof(KeepAliveRetryCount)); } = 9;

    /// <summary>
    /// R2 of this connection, for its SYN too (MUST-21, RFC 5482): how long something may stay unacknowledged, behind a closed window as
    /// well. Null takes <see cref="EngineOptions.UserTimeout"/> and <see cref="EngineOptions.ConnectTimeout"/>, and a peer that answers
    /// the probes of its closed window is waited for without limit (MUST-37); 0 means never.
    /// </summary>
    public TimeSpan? UserTimeout { get; init => field = value is null ? null : NotNegative(value.Value, nameof(UserTimeout)); }

    /// <summary>
    /// ADV_UTO of RFC 5482: tells the peer how long this end waits for it, from 1 s to 2^15 - 1 minutes, and takes what the peer tells of
    /// itself: unless <see cref="UserTimeout"/> is set, the longer of the two becomes R2, within <see cref="EngineOptions.MinUserTimeout"/>
    /// and <see cref="EngineOptions.MaxUserTimeout"/>. Null neither sends the option nor looks at it.
    /// </summary>
    public TimeSpan? AdvertisedUserTimeout { get; init => field = value is null ? null : Advertised(value.Value, nameof(AdvertisedUserTimeout)); }

    /// <summary>
    /// What CLOSE does about text that is not acknowledged yet: null sends it in the background; 0 drops it and sends RST; any other
    /// time sends it, and a RST when that takes longer.
    /// </summary>
    public TimeSpan? LingerTime { get; init => field = value is null ? null : NotNegative(value.Value, nameof(LingerTime)); }

    /// <summary>
    /// The octet of DSCP and ECN in the IP header, as IP_TOS and IPV6_TCLASS have it (MUST-48, SHLD-22). The lower two bits are the
    /// stack's own and count as 0. Best left as it is while the connection lives (SHLD-23).
    /// </summary>
    public byte TrafficClass { get; init => field = (byte)(value & 0xFC); }

    /// <summary>TTL or hop limit, 1 to 255; null takes <see cref="EngineOptions.HopLimit"/> (MUST-49).</summary>
    public byte? HopLimit { get; init => field = value is null ? null : (byte)AtLeast(1, value.Value, nameof(HopLimit)); }

    /// <summary>The congestion control; null takes <see cref="EngineOptions.CongestionControl"/>. Settled by the open.</summary>
    public CongestionAlgorithm? CongestionControl { get; init => field = value is null ? null : Known(value.Value, nameof(CongestionControl)); }

    /// <summary>
    /// True uses Fast Open (RFC 7413); off unless asked for. For a listener: text of a SYN with a valid cookie is handed to the user before
    /// the handshake is complete, and may be answered; it may come twice (section 6.1 there), so only where that does no harm. For an active
    /// open: text given right after the open goes in the SYN when the peer's cookie is known; else the cookie is asked for.
    /// </summary>
    public bool FastOpen { get; init; }

    /// <summary>False leaves out <see cref="EngineEvents.SoftError"/> (SHLD-20).</summary>
    public bool ReportsSoftErrors { get; init; } = true;

    private static int Buffer(int value, string name) => value is >= 1 and <= EngineOptions.MaxBuffer
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from 1 to {EngineOptions.MaxBuffer}.");

    private static CongestionAlgorithm Known(CongestionAlgorithm value, string name) => Enum.IsDefined(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be one of {string.Join(", ", Enum.GetNames<CongestionAlgorithm>())}.");

    private static int AtLeast(int min, int value, string name) =>
        value >= min ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least {min}.");

    private static TimeSpan Advertised(TimeSpan value, string name) => value >= TimeSpan.FromSeconds(1) && value <= UserTimeoutOption.MaxTimeout
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from 1 s to {UserTimeoutOption.MaxTimeout:c}.");

    private static TimeSpan Positive(TimeSpan value, string name) =>
        value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive.");

    private static TimeSpan NotNegative(TimeSpan value, string name) =>
        value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must not be negative.");
}
