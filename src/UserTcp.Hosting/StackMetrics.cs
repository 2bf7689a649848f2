using System.Diagnostics.Metrics;
using UserTcp.Engine.Contract;

namespace UserTcp.Hosting;

/// <summary>The engine's counters and the number of its connections as metrics of the meter "UserTcp".</summary>
internal sealed class StackMetrics : IDisposable
{
    private readonly Meter _meter;

    public StackMetrics(UserTcpStack stack)
    {
        _meter = new Meter("UserTcp", null, [new("device", stack.DeviceName)]);
        foreach (var counter in Enum.GetValues<Counter>())
        {
            _meter.CreateObservableCounter(
                $"usertcp.{SnakeCase(counter.ToString())}", () => stack.GetCounters()[counter]);
        }

        _meter.CreateObservableGauge("usertcp.connections", () => Measure(stack));
        _meter.CreateObservableGauge(
            "usertcp.memory.held", () => stack.GetMemoryUsage().Held, "By", "Memory in use for data");
        _meter.CreateObservableGauge(
            "usertcp.memory.idle", () => stack.GetMemoryUsage().Idle, "By", "Memory kept for the next use");
        _meter.CreateObservableGauge(
            "usertcp.memory.limit", () => stack.GetMemoryUsage().Limit, "By", "Memory that may be in use for data");
        _meter.CreateObservableGauge(
            "usertcp.memory.state", () => (int)stack.GetMemoryUsage().State, null,
            "0 comfortable, 1 pressure, 2 limit");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<int>> Measure(UserTcpStack stack) =>
        stack.GetConnections()
            .GroupBy(connection => connection.State)
            .Select(state =>
                new Measurement<int>(state.Count(), new KeyValuePair<string, object?>("state", state.Key.ToString())));

    private static string SnakeCase(string name) =>
        string.Concat(
            name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
