using UserTcp.Engine.Contract;

namespace UserTcp.Simulation.World;

/// <summary>
/// Adds the verdicts of both links to the trace, each as an event of the host that has sent the frame.
/// </summary>
internal sealed class VerdictTrace(SimulatedWorld world) : ILinkObserver
{
    /// <summary>The links report as seen by the client.</summary>
    public void OnVerdict(in LinkVerdict verdict)
    {
        var tuple = verdict.Outbound ? verdict.Tuple : verdict.Tuple.Reverse;
        world.Journal.Event(world.Now, world.Stations[verdict.Outbound ? 0 : 1].Name, new TraceEvent
        {
            Kind = TraceEventKind.Link,
            Time = world.Now,
            Tuple = tuple,
            Link = verdict with { Outbound = true, Tuple = tuple },
        });
    }
}
