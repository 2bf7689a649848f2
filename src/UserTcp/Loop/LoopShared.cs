using UserTcp.Buffers;
using UserTcp.Faults;
using UserTcp.Requests;

namespace UserTcp.Loop;

/// <summary>What the loops of one stack share.</summary>
/// <param name="Clock">The time of all.</param>
/// <param name="Budget">The memory of all.</param>
/// <param name="Faults">The faults that all have contained.</param>
/// <param name="Mailboxes">The loops' mailboxes; the index is that of the engine's share.</param>
internal sealed record LoopShared(LoopClock Clock, MemoryBudget Budget, FaultLog Faults, LoopMailbox[] Mailboxes);
