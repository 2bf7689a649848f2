namespace UserTcp.Engine.Contract;

/// <summary>How short the memory for the data of all connections is; the three states of Linux's tcp_mem.</summary>
public enum MemoryState : byte
{
    /// <summary>Buffers grow as their connections can use them.</summary>
    Comfortable,

    /// <summary>Windows and send buffers are small, the reassembly queue keeps nothing, and no buffer grows.</summary>
    Pressure,

    /// <summary>
    /// The limit is reached: connections without progress are reset, and arriving data may be dropped.
    /// </summary>
    Limit,
}
