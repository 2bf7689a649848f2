using UserTcp.Engine.Contract;

namespace UserTcp.Telemetry;

/// <summary>What metrics read from a stack, from any thread.</summary>
/// <param name="Counters">The counters of all loops.</param>
/// <param name="Connections">STATUS of all connections.</param>
/// <param name="Memory">The memory for data.</param>
internal sealed record StackReadings(
    Func<EngineCounters> Counters, Func<IReadOnlyList<ConnectionSnapshot>> Connections,
    Func<UserTcpMemoryUsage> Memory);
