using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Simulation;

namespace UserTcp.Cli.Simulations;

/// <summary>
/// The trace of a run as lines: the events of each host as `usertcp watch` prints them, behind the host's name.
/// </summary>
internal sealed class SimulationTrace(Action<string> write, LineStyle style)
{
    private readonly Dictionary<string, (EventExplainer Explainer, EventLine Lines)> _hosts = [];
    private long _number;

    public void Add(SimulatedEvent simulated)
    {
        if (simulated.Event is { } traceEvent)
            Add(simulated.Host, traceEvent with { Number = _number + 1 });
        else
            Write(simulated.Host, Line(simulated));
        _number++;
    }

    private void Add(string host, in TraceEvent traceEvent)
    {
        if (!_hosts.TryGetValue(host, out var views))
            _hosts.Add(host, views = (new EventExplainer(), new EventLine(style)));
        if (views.Lines.Format(views.Explainer.Explain(traceEvent)) is { } lines)
            Write(host, lines);
    }

    private string Line(SimulatedEvent simulated) => string.Create(
        CultureInfo.InvariantCulture,
        $"#{_number + 1,-6} {TimeSpan.FromTicks(simulated.Time.Ticks).TotalSeconds,12:F6} -- {simulated.Note}");

    private void Write(string host, string lines)
    {
        foreach (var line in lines.Split('\n'))
            write($"{host,-6} {line}");
    }
}
