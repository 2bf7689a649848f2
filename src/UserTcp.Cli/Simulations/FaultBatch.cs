using System.Diagnostics;
using System.Globalization;
using UserTcp.Simulation;

namespace UserTcp.Cli.Simulations;

/// <summary>
/// Runs seeds with faults inside the hosts on all cores, up to a number of faults, and adds up the effects.
/// </summary>
internal sealed class FaultBatch(ulong first, long faults)
{
    private const int SeedsAtOnce = 64;

    private static readonly Happening[] Injected = [Happening.InjectedException, Happening.FailedAllocation];

    private readonly Lock _gate = new();
    private readonly Dictionary<Happening, long> _happenings = [];
    private int _seeds;
    private long _victims;
    private long _untouched;
    private long _resets;
    private int _violations;

    private long Faults => Injected.Sum(kind => _happenings.GetValueOrDefault(kind));

    public IReadOnlyList<(Scenario Scenario, SimulationReport Report)> Run(
        ProgressLine progress, CancellationToken cancellationToken)
    {
        var failures = new List<(Scenario, SimulationReport)>();
        var clock = Stopwatch.StartNew();
        var options = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = Environment.ProcessorCount,
        };
        while (Faults < faults)
        {
            var from = unchecked(first + (ulong)_seeds);
            Parallel.For(0, SeedsAtOnce, options, index =>
            {
                var scenario = Scenario.FaultyFromSeed(unchecked(from + (ulong)index));
                var report = Simulator.Run(scenario);
                lock (_gate)
                {
                    Add(scenario, report);
                    if (report.Violation is not null)
                        failures.Add((scenario, report));
                }
            });
            progress.Report(string.Create(
                CultureInfo.InvariantCulture,
                $"{_seeds} seeds, {Faults} faults, {_violations} violations, {clock.Elapsed.TotalSeconds:0} s"));
        }

        return failures;
    }

    public void PrintSummary(TextWriter output) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{_seeds} seeds: {Faults} faults injected ({_happenings.GetValueOrDefault(Happening.InjectedException)} "
        + $"exceptions, {_happenings.GetValueOrDefault(Happening.FailedAllocation)} failed allocations) and "
        + $"{_happenings.GetValueOrDefault(Happening.RefusedWrite)} refused writes; {_resets} ends of connections "
        + $"reset, {_victims} connections lost to faults, {_untouched} others untouched, "
        + $"{_violations} invariants broken"));

    private void Add(Scenario scenario, SimulationReport report)
    {
        _seeds++;
        _victims += report.Victims;
        _violations += report.Violation is null ? 0 : 1;
        if (report.Violation is null)
            _untouched += scenario.Connections.Count - report.Victims;
        foreach (var (happening, count) in report.Happenings)
            _happenings[happening] = _happenings.GetValueOrDefault(happening) + count;
        _resets = _happenings.GetValueOrDefault(Happening.FaultVictim);
    }
}
