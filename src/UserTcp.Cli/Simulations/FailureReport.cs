using System.Globalization;
using UserTcp.Capture;
using UserTcp.Simulation;

namespace UserTcp.Cli.Simulations;

/// <summary>Says what failed and how to see it again, makes it small, and keeps it.</summary>
internal sealed class FailureReport(string? folder, TimeSpan budget)
{
    /// <summary>Lines of the trace before the failure.</summary>
    private const int MaxLines = 64;

    private const string Regressions = "tests/UserTcp.Simulation.Tests/Regressions";

    public void Print(TextWriter output, Scenario scenario, SimulationReport report, string options = "")
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"FAIL seed {scenario.Seed}: {report.Violation}"));
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"repro: usertcp sim {options}--seed {scenario.Seed} --trace"));
        var small = Shrinker.Shrink(scenario, budget);
        var path = PathFor(scenario, report.Violation!.Invariant);
        File.WriteAllText(path, ScenarioJson.Write(small));
        var faults = Simulator.Run(scenario, new SimulationOptions { RecordsFaults = true }).Faults.Count;
        var last = new Queue<string>();
        var trace = new SimulationTrace(line => Keep(last, line), LineStyle.Plain);
        var again = Simulator.Run(small, new SimulationOptions { Trace = trace.Add });
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"shrunk: {faults} faults to {small.Faults?.Count ?? faults}; {Octets(scenario)} octets to "
            + $"{Octets(small)}; {scenario.Connections.Count} connections to {small.Connections.Count} "
            + $"({path}): {again.Violation}"));
        foreach (var line in last)
            output.WriteLine($"  {line}");
    }

    private static void Keep(Queue<string> last, string line)
    {
        if (last.Count == MaxLines)
            last.Dequeue();
        last.Enqueue(line);
    }

    private static long Octets(Scenario scenario) =>
        scenario.Connections.Sum(plan => plan.Client.Octets + plan.Server.Octets);

    private string PathFor(Scenario scenario, string invariant)
    {
        var target = folder ?? (Directory.Exists(Regressions) ? Regressions : ".");
        Directory.CreateDirectory(target);
        return Path.Combine(target, string.Create(CultureInfo.InvariantCulture, $"{invariant}-{scenario.Seed}.json"));
    }
}
