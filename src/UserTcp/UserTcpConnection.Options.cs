using System.Net.Sockets;

namespace UserTcp;

/// <content>What may be set while the connection lives, under the names of <see cref="Socket"/> and its options. Any thread.</content>
public sealed partial class UserTcpConnection
{
    /// <summary>True when Nagle's algorithm is off (RFC 9293 section 3.7.4).</summary>
    public bool NoDelay
    {
        get => _pump.Options.NoDelay;
        set => _pump.Change(_pump.Options with { NoDelay = value });
    }

    /// <summary>True when a peer that has been silent is probed (RFC 9293 section 3.8.4).</summary>
    public bool KeepAlive
    {
        get => _pump.Options.KeepAlive;
        set => _pump.Change(_pump.Options with { KeepAlive = value });
    }

    /// <summary>How long a peer may be silent before it is probed.</summary>
    public TimeSpan KeepAliveTime
    {
        get => _pump.Options.KeepAliveTime;
        set => _pump.Change(_pump.Options with { KeepAliveTime = value });
    }

    /// <summary>The time between two probes.</summary>
    public TimeSpan KeepAliveInterval
    {
        get => _pump.Options.KeepAliveInterval;
        set => _pump.Change(_pump.Options with { KeepAliveInterval = value });
    }

    /// <summary>Probes without any answer before the connection counts as dead; at least 2.</summary>
    public int KeepAliveRetryCount
    {
        get => _pump.Options.KeepAliveRetryCount;
        set => _pump.Change(_pump.Options with { KeepAliveRetryCount = value });
    }

    /// <summary>How long something may stay unacknowledged; null takes the engine's, 0 means for ever (RFC 5482).</summary>
    public TimeSpan? UserTimeout
    {
        get => _pump.Options.UserTimeout;
        set => _pump.Change(_pump.Options with { UserTimeout = value });
    }

    /// <summary>
    /// What disposing does about what is not acknowledged yet. Off (the default): it is sent in the background. 0 seconds: it is
    /// dropped, and the connection reset. Other times: disposing completes when the peer has acknowledged everything, or by a RST
    /// when that takes longer.
    /// </summary>
    public LingerOption LingerState
    {
        get => _pump.Options.LingerTime is { } time ? new LingerOption(true, (int)time.TotalSeconds) : new LingerOption(false, 0);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _pump.Change(_pump.Options with { LingerTime = UserTcpTransportOptions.ToLingerTime(value) });
        }
    }

    /// <summary>DSCP in the upper six bits, as IP_TOS and IPV6_TCLASS have it; the lower two are the stack's own (RFC 9293 section 3.9.1.9).</summary>
    public byte TypeOfService
    {
        get => _pump.Options.TrafficClass;
        set => _pump.Change(_pump.Options with { TrafficClass = value });
    }

    /// <summary>TTL or hop limit, 1 to 255; null takes the engine's.</summary>
    public byte? Ttl
    {
        get => _pump.Options.HopLimit;
        set => _pump.Change(_pump.Options with { HopLimit = value });
    }
}
