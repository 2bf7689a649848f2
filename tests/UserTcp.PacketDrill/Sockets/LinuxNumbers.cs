namespace UserTcp.PacketDrill.Sockets;

/// <summary>Numbers of Linux's socket interface, the same on every architecture that .NET runs on.</summary>
internal static class LinuxNumbers
{
    public const int InternetFamily = 2;
    public const int Internet6Family = 10;
    public const int UnspecifiedFamily = 0;

    public const int Stream = 1;
    public const int TypeMask = 0xF;
    public const int NonBlockingType = 0x800;

    public const int TcpProtocol = 6;

    public const int GetFlags = 3;
    public const int SetFlags = 4;
    public const int ReadWrite = 2;
    public const int NonBlocking = 0x800;

    public const ulong InputQueue = 0x541B;
    public const ulong OutputQueue = 0x5411;
    public const ulong OutputQueueUnsent = 0x894B;

    public const int ShutReads = 0;
    public const int ShutWrites = 1;
    public const int ShutBoth = 2;
}

/// <summary>Flags of send and receive calls.</summary>
[Flags]
internal enum MessageFlags
{
    None = 0,
    OutOfBand = 0x1,
    Peek = 0x2,
    Truncate = 0x20,
    DoNotWait = 0x40,
    WaitAll = 0x100,
    ErrorQueue = 0x2000,
    More = 0x8000,
    FastOpen = 0x2000_0000,
}

/// <summary>Events of poll and epoll.</summary>
[Flags]
internal enum PollEvents : uint
{
    None = 0,
    In = 0x1,
    Out = 0x4,
    Error = 0x8,
    HangUp = 0x10,
    Invalid = 0x20,
    ReadNormal = 0x40,
    WriteNormal = 0x100,
    ReadHangUp = 0x2000,

    /// <summary>The events that poll always reports.</summary>
    Unasked = Error | HangUp | Invalid,

    OneShot = 1u << 30,
    EdgeTriggered = 1u << 31,
}
