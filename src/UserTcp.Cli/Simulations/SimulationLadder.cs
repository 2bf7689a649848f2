using UserTcp.Capture;
using UserTcp.Simulation;

namespace UserTcp.Cli.Simulations;

/// <summary>Prints the ladders of a run, as its client sees them.</summary>
internal sealed class SimulationLadder(TextWriter writer, LineStyle style)
{
    private const string Client = "client";

    private readonly EventPrinter _printer = new(writer, EventForm.Ladder, style);

    public void Add(SimulatedEvent simulated)
    {
        if (simulated is { Host: Client, Event: { } traceEvent })
            _printer.Print(traceEvent);
        else
            _printer.Flush();
    }
}
