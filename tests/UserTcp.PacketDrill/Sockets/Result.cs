namespace UserTcp.PacketDrill.Sockets;

/// <summary>What a system call comes to: a value from 0 on, an error number below it, or that its thread has to wait.</summary>
internal static class Result
{
    /// <summary>The call is to be made again, with the same arguments, when something has changed or time has passed.</summary>
    public const long MustWait = long.MinValue;

    public const long Success = 0;

    public static long Of(Errno error) => -(long)error;
}

/// <summary>Error numbers as Linux has them, as far as they are returned.</summary>
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
