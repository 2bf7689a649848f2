namespace UserTcp.Connections;

/// <summary>What application threads ask of the loop about a connection; several may come together.</summary>
[Flags]
internal enum ConnectionRequests
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The outbox has something.</summary>
    Transmit = 1 << 0,

    /// <summary>Enough has been read for the window to open.</summary>
    Credit = 1 << 1,

    /// <summary>The options have changed.</summary>
    Options = 1 << 2,

    /// <summary>FIN after the outbox.</summary>
    Shutdown = 1 << 3,

    /// <summary>FIN after the outbox, and nobody reads any more.</summary>
    Close = 1 << 4,

    /// <summary>RST.</summary>
    Abort = 1 << 5,

    /// <summary>RST, for want of memory.</summary>
    AbortForMemory = 1 << 6,
}
