using UserTcp.Engine.Contract;
using UserTcp.PacketDrill.Settings;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>The options of a socket; accepted sockets inherit their listener's.</summary>
internal sealed record SocketSettings
{
    public bool ReuseAddress { get; set; }

    public bool NoDelay { get; set; }

    /// <summary>
    /// Octets of SO_RCVBUF as getsockopt reports them (twice the set value); null means the system's.
    /// </summary>
    public int? ReceiveBuffer { get; set; }

    /// <summary>
    /// Octets of SO_SNDBUF as getsockopt reports them (twice the set value); null means the system's.
    /// </summary>
    public int? SendBuffer { get; set; }

    /// <summary>Seconds of SO_LINGER; null means off. With 0, close resets.</summary>
    public int? Linger { get; set; }

    public bool KeepAlive { get; set; }

    /// <summary>Seconds of TCP_KEEPIDLE.</summary>
    public int KeepIdle { get; set; } = 7200;

    /// <summary>TCP_USER_TIMEOUT, milliseconds; 0 means the system's.</summary>
    public int UserTimeout { get; set; }

    /// <summary>TCP_SYNCNT; 0 means the system's.</summary>
    public int SynCount { get; set; }

    /// <summary>IP_TOS.</summary>
    public byte TypeOfService { get; set; }

    /// <summary>TCP_NOTSENT_LOWAT; 0 means the system's.</summary>
    public uint NotSentLowWater { get; set; }

    /// <summary>SO_RCVLOWAT.</summary>
    public int ReceiveLowWater { get; set; } = 1;

    /// <summary>TCP_FASTOPEN: the max of pending connections with SYN data; 0 means off.</summary>
    public int FastOpenBacklog { get; set; }

    /// <summary>TCP_FASTOPEN_CONNECT: connect defers the SYN to the first write, if the data may go with it.</summary>
    public bool FastOpenConnect { get; set; }

    // Half of SO_RCVBUF is for data, the rest for Linux's overhead.
    public ConnectionOptions ToConnectionOptions(bool isConnected = false) => new()
    {
        TrafficClass = TypeOfService,
        UserTimeout = UserTimeout > 0 ? TimeSpan.FromMilliseconds(UserTimeout)
            : SynCount > 0 && !isConnected ? StackSettings.UserTimeoutFor(SynCount)
            : null,
        NoDelay = NoDelay,
        KeepAlive = KeepAlive,
        KeepAliveTime = TimeSpan.FromSeconds(KeepIdle),
        ReceiveBufferSize = ReceiveBuffer / 2,
        SendBufferSize = SendBuffer,
    };
}
