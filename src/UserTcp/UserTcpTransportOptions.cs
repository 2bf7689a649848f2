using System.Net.Sockets;
using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>
/// The options that a connection starts with, opened or accepted, under the names of <see cref="Socket"/> and its
/// options. Those that <see cref="UserTcpConnection"/> has too can be changed later; buffer sizes, congestion control,
/// Fast Open, the advertised user timeout and inline continuations cannot.
/// </summary>
public abstract class UserTcpTransportOptions
{
    private protected UserTcpTransportOptions()
    {
    }

    /// <summary>True disables Nagle's algorithm (RFC 9293 section 3.7.4).</summary>
    public bool NoDelay { get; init; }

    /// <summary>
    /// Bytes of receive buffer, from 1 to 1 GiB (SO_RCVBUF); null lets it grow from
    /// <see cref="EngineOptions.InitialReceiveBufferSize"/> to <see cref="EngineOptions.ReceiveBufferSize"/>.
    /// </summary>
    public int? ReceiveBufferSize { get; init; }

    /// <summary>
    /// Bytes of send buffer, from 1 to 1 GiB (SO_SNDBUF); null lets it grow from
    /// <see cref="EngineOptions.InitialSendBufferSize"/> to <see cref="EngineOptions.SendBufferSize"/>.
    /// </summary>
    public int? SendBufferSize { get; init; }

    /// <summary>True sends keep-alives to a silent peer (RFC 9293 section 3.8.4).</summary>
    public bool KeepAlive { get; init; }

    /// <summary>How long a peer is silent before the first keep-alive; 2 hours by default.</summary>
    public TimeSpan KeepAliveTime { get; init; } = ConnectionOptions.Default.KeepAliveTime;

    /// <summary>The time between two keep-alives; 75 s by default.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = ConnectionOptions.Default.KeepAliveInterval;

    /// <summary>Keep-alives without a reply before the connection times out; 9 by default, min 2.</summary>
    public int KeepAliveRetryCount { get; init; } = ConnectionOptions.Default.KeepAliveRetryCount;

    /// <summary>
    /// How long data or a SYN may stay unacknowledged; null uses the engine's user timeout, 0 means for ever (RFC
    /// 5482).
    /// </summary>
    public TimeSpan? UserTimeout { get; init; }

    /// <inheritdoc cref="ConnectionOptions.AdvertisedUserTimeout"/>
    public TimeSpan? AdvertisedUserTimeout { get; init; }

    /// <inheritdoc cref="UserTcpConnection.LingerState"/>
    public LingerOption? LingerState { get; init; }

    /// <inheritdoc cref="UserTcpConnection.TypeOfService"/>
    public byte TypeOfService { get; init; }

    /// <summary>
    /// True uses Fast Open (RFC 7413); false by default. A listener grants cookies, and accepts a connection before its
    /// handshake is complete when the SYN carries data and a valid cookie. That data may arrive twice, so only for
    /// requests that may be repeated (GET, not POST). A connection sends its
    /// <see cref="UserTcpConnectionOptions.InitialData"/> in the SYN when it knows the peer's cookie.
    /// </summary>
    public bool FastOpen { get; init; }

    /// <summary>TTL or hop limit, 1 to 255; null uses the engine's.</summary>
    public byte? Ttl { get; init; }

    /// <summary>
    /// The congestion control; null uses the engine's (<see cref="EngineOptions.CongestionControl"/>).
    /// </summary>
    public CongestionAlgorithm? CongestionControl { get; init; }

    /// <inheritdoc cref="ConnectionOptions.CustomCongestionControl"/>
    public CongestionControlFactory? CustomCongestionControl { get; init; }

    /// <summary>
    /// Where continuations of the connection's or the listener's tasks run: true, on the loop's own thread; false, on
    /// the thread pool; null, as <see cref="UserTcpStackOptions.InlineContinuations"/> of the stack says.
    /// </summary>
    public bool? InlineContinuations { get; init; }

    internal static TimeSpan? ToLingerTime(LingerOption? linger) =>
        linger is { Enabled: true } ? TimeSpan.FromSeconds(linger.LingerTime) : null;

    /// <summary>The same as the engine's options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A value is out of range; the message says which, and the range.
    /// </exception>
    internal ConnectionOptions ToEngine()
    {
        var options = new ConnectionOptions
        {
            NoDelay = NoDelay,
            ReceiveBufferSize = ReceiveBufferSize,
            SendBufferSize = SendBufferSize,
            KeepAlive = KeepAlive,
            KeepAliveTime = KeepAliveTime,
            KeepAliveInterval = KeepAliveInterval,
            KeepAliveRetryCount = KeepAliveRetryCount,
            UserTimeout = UserTimeout,
            AdvertisedUserTimeout = AdvertisedUserTimeout,
            LingerTime = ToLingerTime(LingerState),
            TrafficClass = TypeOfService,
            HopLimit = Ttl,
            CongestionControl = CongestionControl,
            CustomCongestionControl = CustomCongestionControl,
            FastOpen = FastOpen,
        };

        // One object for all connections with default options, to save memory.
        return options == ConnectionOptions.Default ? ConnectionOptions.Default : options;
    }
}
