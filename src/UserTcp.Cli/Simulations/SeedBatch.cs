using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using UserTcp.Cli.Campaigns;
using UserTcp.Simulation;

namespace UserTcp.Cli.Simulations;

/// <summary>Runs a range of seeds on all cores, and adds up what came of them.</summary>
/// <param name="range">The seeds; at most as many as an integer counts.</param>
internal sealed class SeedBatch(SeedRange range)
{
    // I17: of one seed in a hundred, a second run has to be the same.
    private const ulong DeterminismEvery = 100;

    private readonly Lock _gate = new();
    private readonly Stopwatch _clock = new();
    private int _done;
    private int _failed;
    private long _octets;
    private long _events;
    private long _completed;
    private long _excused;
    private readonly Dictionary<Happening, long> _happenings = [];
    private TimeSpan _simulated;

    public IReadOnlyList<(Scenario Scenario, SimulationReport Report)> Run(
        ProgressLine progress, CancellationToken cancellationToken)
    {
        var failures = new ConcurrentBag<(Scenario, SimulationReport)>();
        _clock.Start();
        var options = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = Environment.ProcessorCount,
        };
        Parallel.For(0, (int)range.Count, options, index =>
        {
            var seed = range.First + (ulong)index;
            var scenario = Scenario.FromSeed(seed);
            // By the seed, so that it does not matter how a campaign is cut into ranges.
            var report = RunChecked(scenario, seed % DeterminismEvery == 0);
            if (report.Violation is not null)
                failures.Add((scenario, report));
            lock (_gate)
                Add(report, progress);
        });
        _clock.Stop();
        return [.. failures.OrderBy(failure => failure.Item1.Seed)];
    }

    public void PrintSummary(TextWriter output)
    {
        output.WriteLine(
            string.Join(", ", _happenings.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}")));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_done} seeds, {_simulated.TotalHours:0.00} simulated hours, {_octets} octets checked, {_completed} "
            + $"connections completed, {_excused} excused, {_events} events, {_failed} violations, "
            + $"{_simulated / _clock.Elapsed:0}:1 in {_clock.Elapsed.TotalSeconds:0.0} s"));
    }

    /// <summary>The result of the whole range. The same range has the same one, but for how long it took.</summary>
    public JsonObject ToJson(IReadOnlyList<(Scenario Scenario, SimulationReport Report)> failures) => new()
    {
        ["tool"] = "sim",
        ["first"] = range.First,
        ["last"] = range.Last,
        ["seeds"] = _done,
        ["failures"] = new JsonArray([.. failures.Select(failure => new JsonObject
        {
            ["seed"] = failure.Scenario.Seed,
            ["invariant"] = failure.Report.Violation!.Invariant,
            ["message"] = failure.Report.Violation.ToString(),
        })]),
        ["happenings"] = new JsonObject(Enum.GetValues<Happening>().Select(happening =>
            KeyValuePair.Create(happening.ToString(), (JsonNode?)_happenings.GetValueOrDefault(happening)))),
        ["simulatedHours"] = Math.Round(_simulated.TotalHours, 6),
        ["bytes"] = _octets,
        ["events"] = _events,
        ["completed"] = _completed,
        ["excused"] = _excused,
        ["seconds"] = Math.Round(_clock.Elapsed.TotalSeconds, 1),
    };

    private static SimulationReport RunChecked(Scenario scenario, bool twice)
    {
        var report = Simulator.Run(scenario);
        if (!twice || report.Violation is not null || Simulator.Run(scenario).EventHash == report.EventHash)
            return report;
        return report with
        {
            Violation = new Violation(
                "I17", "a second run of the same scenario took another course", report.Simulated, report.Events),
        };
    }

    private void Add(SimulationReport report, ProgressLine progress)
    {
        _done++;
        _failed += report.Violation is null ? 0 : 1;
        _octets += report.OctetsChecked;
        _events += report.Events;
        _completed += report.Completed;
        _excused += report.Excused;
        _simulated += report.Simulated;
        foreach (var (happening, count) in report.Happenings)
            _happenings[happening] = _happenings.GetValueOrDefault(happening) + count;
        var left = _clock.Elapsed / _done * ((double)range.Count - _done);
        progress.Report(string.Create(
            CultureInfo.InvariantCulture,
            $"{_done} of {range.Count} seeds, {_failed} violations, {left.TotalSeconds:0} s left"));
    }
}
