namespace UserTcp.Connections;

/// <summary>What application threads ask of the loop about a connection; several may be combined.</summary>
[Flags]
internal enum ConnectionRequests
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Send what is in the outbox.</summary>
    Transmit = 1 << 0,

    /// <summary>Open the receive window: enough has been read.</summary>
    Credit = 1 << 1,

    /// <summary>Apply the changed options.</summary>
    Options = 1 << 2,

    /// <summary>FIN after the outbox.</summary>
    Shutdown = 1 << 3,

    /// <summary>FIN after the outbox; the application no longer reads.</summary>
    Close = 1 << 4,

    /// <summary>RST.</summary>
    Abort = 1 << 5,

    /// <summary>RST, for lack of memory.</summary>
    AbortForMemory = 1 << 6,
}
