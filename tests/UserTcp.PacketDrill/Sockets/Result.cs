namespace UserTcp.PacketDrill.Sockets;

/// <summary>The result of a system call: 0 or more, a negative error number, or that its thread has to wait.</summary>
internal static class Result
{
    /// <summary>The caller repeats the call with the same arguments after an event or when time has passed.</summary>
    public const long MustWait = long.MinValue;

    public const long Success = 0;

    public static long Of(Errno error) => -(long)error;
}

/// <summary>Linux's error numbers in use.</summary>
internal enum Errno
{
    None = 0,
    BadDescriptor = 9,
    TryAgain = 11,
    Exists = 17,
    Invalid = 22,
    NotFound = 2,
    NotTerminal = 25,
    BrokenPipe = 32,
    DestinationRequired = 89,
    NoProtocolOption = 92,
    ProtocolNotSupported = 93,
    NotSupported = 95,
    FamilyNotSupported = 97,
    AddressInUse = 98,
    AddressNotAvailable = 99,
    NetworkUnreachable = 101,
    ConnectionAborted = 103,
    ConnectionReset = 104,
    NoBuffers = 105,
    IsConnected = 106,
    NotConnected = 107,
    TimedOut = 110,
    ConnectionRefused = 111,
    HostUnreachable = 113,
    AlreadyInProgress = 114,
    InProgress = 115,
}
