using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>
/// Options of one connection. They are set before the open, for every connection a listener accepts, or later with
/// <see cref="TcpEngine.SetOptions"/> (RFC 9293 section 3.9.1).
/// </summary>
public sealed record ConnectionOptions
{
    /// <summary>The defaults, which follow the engine's options.</summary>
    public static readonly ConnectionOptions Default = new();

    /// <summary>True disables Nagle's algorithm (MUST-17).</summary>
    public bool NoDelay { get; init; }

    /// <summary>
    /// Receive buffer in bytes, 1 to 1 GiB, fixed at the open. Null lets it grow up to
    /// <see cref="EngineOptions.ReceiveBufferSize"/>.
    /// </summary>
    public int? ReceiveBufferSize { get; init => field = value is null ? null : Buffer(value.Value); }

    /// <summary>
    /// Send buffer in bytes, 1 to 1 GiB, fixed at the open. Null lets it grow up to
    /// <see cref="EngineOptions.SendBufferSize"/>.
    /// </summary>
    public int? SendBufferSize { get; init => field = value is null ? null : Buffer(value.Value); }

    /// <summary>True sends keep-alives to a silent peer (MUST-24). Off by default (MUST-25).</summary>
    public bool KeepAlive { get; init; }

    /// <summary>
    /// How long a peer may be silent before the first keep-alive (MUST-27). The default is two hours (MUST-28).
    /// </summary>
    public TimeSpan KeepAliveTime { get; init => field = Positive(value); } = TimeSpan.FromHours(2);

    /// <summary>The time between two keep-alives. The default of 75 s is the usual one.</summary>
    public TimeSpan KeepAliveInterval { get; init => field = Positive(value); } = TimeSpan.FromSeconds(75);

    /// <summary>Unanswered keep-alives in a row after which the connection is dead; minimum 2 (MUST-29).</summary>
    public int KeepAliveRetryCount { get; init => field = NotBelow(2, value); } = 9;

    /// <summary>
    /// R2 of this connection, for its SYN too (MUST-21, RFC 5482): how long data may stay unacknowledged, behind a zero
    /// window as well. Null uses <see cref="EngineOptions.UserTimeout"/> and
    /// <see cref="EngineOptions.ConnectTimeout"/>; then a peer that answers zero-window probes is probed without limit
    /// (MUST-37). 0 means never.
    /// </summary>
    public TimeSpan? UserTimeout { get; init => field = value is null ? null : NotNegative(value.Value); }

    /// <summary>
    /// ADV_UTO (RFC 5482), 1 s to 2^15 - 1 minutes: sent to the peer, whose own value is accepted. Unless
    /// <see cref="UserTimeout"/> is set, the longer of the two becomes R2, within
    /// <see cref="EngineOptions.MinUserTimeout"/> and <see cref="EngineOptions.MaxUserTimeout"/>. Null neither sends
    /// the option nor reads it.
    /// </summary>
    public TimeSpan? AdvertisedUserTimeout { get; init => field = value is null ? null : Advertised(value.Value); }

    /// <summary>
    /// What CLOSE does with unacknowledged data. Null sends it in the background. 0 discards it and sends a RST. Any
    /// other time sends it, and a RST when that takes longer.
    /// </summary>
    public TimeSpan? LingerTime { get; init => field = value is null ? null : NotNegative(value.Value); }

    /// <summary>
    /// The DSCP and ECN byte of the IP header, as IP_TOS and IPV6_TCLASS (MUST-48, SHLD-22). The stack owns the lower
    /// two bits; they count as 0. It should not change during the connection (SHLD-23).
    /// </summary>
    public byte TrafficClass { get; init => field = (byte)(value & 0xFC); }

    /// <summary>TTL or hop limit, 1 to 255. Null uses <see cref="EngineOptions.HopLimit"/> (MUST-49).</summary>
    public byte? HopLimit { get; init => field = value is null ? null : (byte)NotBelow(1, value.Value); }

    /// <summary>
    /// The congestion control, fixed at the open. Null uses <see cref="EngineOptions.CongestionControl"/>.
    /// </summary>
    public CongestionAlgorithm? CongestionControl { get; init => field = value is null ? null : Known(value.Value); }

    /// <summary>
    /// A congestion control of your own, fixed at the open; it overrides <see cref="CongestionControl"/>. When both are
    /// null, the engine's options decide.
    /// </summary>
    [JsonIgnore]
    public CongestionControlFactory? CustomCongestionControl { get; init; }

    /// <summary>
    /// True uses Fast Open (RFC 7413). Off by default.
    /// A listener delivers the data of a SYN with a valid cookie before the handshake completes, and may answer it. The
    /// data may be delivered twice (section 6.1), so the application must tolerate that.
    /// An active open sends data that is queued right after it in the SYN if it knows the peer's cookie. Otherwise it
    /// requests one.
    /// </summary>
    public bool FastOpen { get; init; }

    /// <summary>False suppresses <see cref="EngineEvents.SoftError"/> (SHLD-20).</summary>
    public bool ReportsSoftErrors { get; init; } = true;

    private static int Buffer(int value, [CallerMemberName] string name = "") =>
        value is >= 1 and <= EngineOptions.MaxBuffer
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, $"{name} must be from 1 to {EngineOptions.MaxBuffer}.");

    private static CongestionAlgorithm Known(CongestionAlgorithm value, [CallerMemberName] string name = "") =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, $"{name} must be one of {string.Join(", ", Enum.GetNames<CongestionAlgorithm>())}.");

    private static int NotBelow(int min, int value, [CallerMemberName] string name = "") =>
        value >= min ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be {min} or more.");

    private static TimeSpan Advertised(TimeSpan value, [CallerMemberName] string name = "") =>
        value >= TimeSpan.FromSeconds(1) && value <= UserTimeoutOption.MaxTimeout
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, $"{name} must be from 1 s to {UserTimeoutOption.MaxTimeout:c}.");

    private static TimeSpan Positive(TimeSpan value, [CallerMemberName] string name = "") =>
        value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive.");

    private static TimeSpan NotNegative(TimeSpan value, [CallerMemberName] string name = "") =>
        value >= TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must not be negative.");
}
