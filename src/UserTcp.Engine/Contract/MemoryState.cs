namespace UserTcp.Engine.Contract;

/// <summary>How short the memory for the data of all connections is; the three of Linux's tcp_mem.</summary>
public enum MemoryState : byte
{
    /// <summary>Buffers grow as their connections can use them.</summary>
    Comfortable,

    /// <summary>Windows and send buffers are small, nothing is kept out of order, and no buffer grows.</summary>
    Pressure,

    /// <summary>The limit is met: connections without progress are reset, and what arrives may be dropped.</summary>
    Limit,
}
