namespace UserTcp.PacketDrill.Sockets;

/// <summary>Levels of socket options.</summary>
internal static class OptionLevel
{
    public const int Ip = 0;
    public const int Socket = 1;
    public const int Tcp = 6;
}

/// <summary>Options of SOL_SOCKET.</summary>
internal static class SocketOption
{
    public const int ReuseAddress = 2;
    public const int Type = 3;
    public const int Error = 4;
    public const int SendBuffer = 7;
    public const int ReceiveBuffer = 8;
    public const int KeepAlive = 9;
    public const int Linger = 13;
    public const int ReceiveLowWater = 18;
    public const int AcceptsConnections = 30;
    public const int Protocol = 38;
    public const int Domain = 39;
    public const int MemoryInfo = 55;
}

/// <summary>Options of SOL_IP.</summary>
internal static class IpOption
{
    public const int TypeOfService = 1;
    public const int MtuDiscover = 10;
    public const int FreeBind = 15;
}

/// <summary>Options of SOL_TCP.</summary>
internal static class TcpOption
{
    public const int NoDelay = 1;
    public const int MaximumSegment = 2;
    public const int KeepIdle = 4;
    public const int SynCount = 7;
    public const int Info = 11;
    public const int UserTimeout = 18;
    public const int FastOpen = 23;
    public const int NotSentLowWater = 25;
    public const int CongestionInfo = 26;
    public const int FastOpenConnect = 30;
}
