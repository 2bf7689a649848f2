using System.Net.Sockets;

namespace UserTcp;

/// <content>
/// Options that may be set while the connection lives, under the names of <see cref="Socket"/> and its options. Any
/// thread.
/// </content>
public sealed partial class UserTcpConnection
{
    /// <summary>True when Nagle's algorithm is disabled (RFC 9293 section 3.7.4).</summary>
    public bool NoDelay
    {
        get => _pump.Options.NoDelay;
        set => _pump.Change(_pump.Options with { NoDelay = value });
    }

    /// <summary>
    /// Bytes of receive buffer as it is now, grown or set (SO_RCVBUF); 0 once the connection is over.
    /// </summary>
    public int ReceiveBufferSize => GetInfo().ReceiveBufferSize;

    /// <summary>
    /// Bytes of send buffer as it is now, grown or set (SO_SNDBUF); 0 once the connection is over.
    /// </summary>
    public int SendBufferSize => GetInfo().SendBufferSize;

    /// <summary>True when keep-alives are sent to a silent peer (RFC 9293 section 3.8.4).</summary>
    public bool KeepAlive
    {
        get => _pump.Options.KeepAlive;
        set => _pump.Change(_pump.Options with { KeepAlive = value });
    }

    /// <summary>How long a peer is silent before the first keep-alive.</summary>
    public TimeSpan KeepAliveTime
    {
        get => _pump.Options.KeepAliveTime;
        set => _pump.Change(_pump.Options with { KeepAliveTime = value });
    }

    /// <summary>The time between two keep-alives.</summary>
    public TimeSpan KeepAliveInterval
    {
        get => _pump.Options.KeepAliveInterval;
        set => _pump.Change(_pump.Options with { KeepAliveInterval = value });
    }

    /// <summary>Keep-alives without a reply before the connection times out; min 2.</summary>
    public int KeepAliveRetryCount
    {
        get => _pump.Options.KeepAliveRetryCount;
        set => _pump.Change(_pump.Options with { KeepAliveRetryCount = value });
    }

    /// <summary>
    /// How long data may stay unacknowledged; null uses the engine's user timeout, 0 means for ever (RFC 5482).
    /// </summary>
    public TimeSpan? UserTimeout
    {
        get => _pump.Options.UserTimeout;
        set => _pump.Change(_pump.Options with { UserTimeout = value });
    }

    /// <summary>
    /// What disposing does with data that is not acknowledged. Disabled (the default): it is sent in the background. 0
    /// seconds: it is dropped, and the connection reset. Other times: disposing completes when the peer has
    /// acknowledged everything, or with a RST when that takes longer.
    /// </summary>
    public LingerOption LingerState
    {
        get => _pump.Options.LingerTime is { } time
            ? new LingerOption(true, (int)time.TotalSeconds)
            : new LingerOption(false, 0);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _pump.Change(_pump.Options with { LingerTime = UserTcpTransportOptions.ToLingerTime(value) });
        }
    }

    /// <summary>
    /// DSCP in the upper six bits, like IP_TOS and IPV6_TCLASS; the stack sets the lower two, ECN (RFC 9293 section
    /// 3.9.1.9).
    /// </summary>
    public byte TypeOfService
    {
        get => _pump.Options.TrafficClass;
        set => _pump.Change(_pump.Options with { TrafficClass = value });
    }

    /// <summary>TTL or hop limit, 1 to 255; null uses the engine's.</summary>
    public byte? Ttl
    {
        get => _pump.Options.HopLimit;
        set => _pump.Change(_pump.Options with { HopLimit = value });
    }
}
