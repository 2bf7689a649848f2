using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>
/// The memory that a stack holds for data to send and data received, in the stack and with its applications.
/// </summary>
/// <param name="Held">Bytes in blocks that are in use; they count against <paramref name="Limit"/>.</param>
/// <param name="Idle">Bytes in blocks that are kept for the next use.</param>
/// <param name="Limit">
/// Max bytes in use: <see cref="EngineOptions.MaxMemory"/>, its default, or less for a while after the process
/// has run out of memory. An eighth more is the reserve, for connections that hold little.
/// </param>
/// <param name="State">How short memory is.</param>
public readonly record struct UserTcpMemoryUsage(long Held, long Idle, long Limit, MemoryState State);
