using System.Net.Sockets;
using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>
/// What a connection starts with, whether it is opened or accepted; the names are those of <see cref="Socket"/> and its options.
/// What <see cref="UserTcpConnection"/> has as well can be changed later: not the buffer sizes, the congestion control, Fast Open, the
/// advertised user timeout, or where continuations run.
/// </summary>
public abstract class UserTcpTransportOptions
{
    private protected UserTcpTransportOptions()
    {
    }

    /// <summary>True switches Nagle's algorithm off (RFC 9293 section 3.7.4).</summary>
    public bool NoDelay { get; init; }

    /// <summary>
    /// Octets of receive buffer, from 1 to 1 GiB (SO_RCVBUF); null lets it grow from <see cref="EngineOptions.InitialReceiveBufferSize"/> to
    /// <see cref="EngineOptions.ReceiveBufferSize"/>.
    /// </summary>
    public int? ReceiveBufferSize { get; init; }

    /// <summary>
    /// Octets of send buffer, from 1 to 1 GiB (SO_SNDBUF); null lets it grow from <see cref="EngineOptions.InitialSendBufferSize"/> to
    /// <see cref="EngineOptions.SendBufferSize"/>.
    /// </summary>
    public int? SendBufferSize { get; init; }

    /// <summary>True probes a peer that has been silent (RFC 9293 section 3.8.4).</summary>
    public bool KeepAlive { get; init; }

    /// <summary>How long a peer may be silent before it is probed; two hours unless set.</summary>
    public TimeSpan KeepAliveTime { get; init; } = ConnectionOptions.Default.KeepAliveTime;

    /// <summary>The time between two probes; 75 s unless set.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = ConnectionOptions.Default.KeepAliveInterval;

    /// <summary>Probes without any answer before the connection counts as dead; 9 unless set, and at least 2.</summary>
    public int KeepAliveRetryCount { get; init; } = ConnectionOptions.Default.KeepAliveRetryCount;

    /// <summary>How long something may stay unacknowledged, the SYN included; null takes the engine's, 0 means for ever (RFC 5482).</summary>
    public TimeSpan? UserTimeout { get; init; }

    /// <inheritdoc cref="ConnectionOptions.AdvertisedUserTimeout"/>
    public TimeSpan? AdvertisedUserTimeout { get; init; }

    /// <inheritdoc cref="UserTcpConnection.LingerState"/>
    public LingerOption? LingerState { get; init; }

    /// <inheritdoc cref="UserTcpConnection.TypeOfService"/>
    public byte TypeOfService { get; init; }

    /// <summary>
    /// True uses Fast Open (RFC 7413); off unless asked for. A listener hands out cookies, and accepts a connection whose SYN brings text and
    /// a valid cookie before its handshake is complete: that text may arrive twice, so only where it does no harm (GET, not POST). A
    /// connection sends its <see cref="UserTcpConnectionOptions.InitialData"/> with the SYN once the peer's cookie is known.
    /// </summary>
    public bool FastOpen { get; init; }

    /// <summary>TTL or hop limit, 1 to 255; null takes the engine's.</summary>
    public byte? Ttl { get; init; }

    /// <summary>The congestion control; null takes the engine's (<see cref="EngineOptions.CongestionControl"/>).</summary>
    public CongestionAlgorithm? CongestionControl { get; init; }

    /// <summary>
    /// Where what awaits the connection, or the listener, runs: true, on the loop's own thread; false, on the thread pool; null, as the
    /// stack has it (<see cref="UserTcpStackOptions.InlineContinuations"/>).
    /// </summary>
    public bool? InlineContinuations { get; init; }

    internal static TimeSpan? ToLingerTime(LingerOption? linger) =>
        linger is { Enabled: true } ? TimeSpan.FromSeconds(linger.LingerTime) : null;

    /// <summary>The same in the engine's words.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value cannot be; the message says which, and what can.</exception>
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
            FastOpen = FastOpen,
        };

        // One object for all connections with which nothing is special.
        return options == ConnectionOptions.Default ? ConnectionOptions.Default : options;
    }
}
