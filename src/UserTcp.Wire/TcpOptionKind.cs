namespace UserTcp.Wire;

/// <summary>Kinds of TCP options and their lengths.</summary>
internal static class TcpOptionKind
{
    public const byte EndOfOptions = 0;
    public const byte NoOperation = 1;
    public const byte MaximumSegmentSize = 2;
    public const byte WindowScale = 3;
    public const byte SackPermitted = 4;
    public const byte Sack = 5;
    public const byte Timestamps = 8;

    public const byte UserTimeout = 28;
    public const byte FastOpen = 34;

    public const byte UserTimeoutLength = 4;
    public const byte MaximumSegmentSizeLength = 4;
    public const byte WindowScaleLength = 3;
    public const byte SackPermittedLength = 2;
    public const byte TimestampsLength = 10;
    public const byte SackBlockLength = 8;
}
