namespace UserTcp.Cli.Lab.Traffic;

/// <summary>What the page lets two programs do.</summary>
internal enum TrafficKind
{
    /// <summary>The end that accepts sends data.</summary>
    Transfer,

    /// <summary>The end that opens sends data.</summary>
    Upload,

    /// <summary>A transfer whose receiver reads 64 KiB a second, so that its window closes.</summary>
    SlowReader,

    /// <summary>Both ends send small messages in turn.</summary>
    Chat,

    /// <summary>Both ends close at the same time.</summary>
    SimultaneousClose,

    /// <summary>Ten transfers at once.</summary>
    TenClients,
}

/// <summary>Who opens a connection.</summary>
internal enum TrafficRole
{
    /// <summary>The kernel: an active open there, a passive one of the stack.</summary>
    Kernel,

    /// <summary>The stack.</summary>
    Stack,
}
