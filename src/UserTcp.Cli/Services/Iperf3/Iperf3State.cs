namespace UserTcp.Cli.Services.Iperf3;

/// <summary>The octets of iperf3's control connection: what the side that sends one wants to happen next.</summary>
internal enum Iperf3State : sbyte
{
    ServerError = -2,
    AccessDenied = -1,
    TestStart = 1,
    TestRunning = 2,
    TestEnd = 4,
    ParameterExchange = 9,
    CreateStreams = 10,
    ServerTerminate = 11,
    ClientTerminate = 12,
    ExchangeResults = 13,
    DisplayResults = 14,
    Done = 16,
}

/// <summary>The error number after <see cref="Iperf3State.ServerError"/>. The client has a message for each.</summary>
internal enum Iperf3Error
{
    None = 0,
    Duration = 5,
    StreamCount = 6,
    BlockSize = 7,
    Omit = 12,
    NotImplemented = 13,
    EndConditions = 16,
    TypeOfService = 21,
    BothDirections = 25,
    UnknownMessage = 110,
    ReceiveParameters = 114,
    ReceiveResults = 117,
    ServerTerminated = 120,
}
