using System.Collections.Concurrent;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Simulation.Tests;

/// <summary>Seeds run without violations, and draw every feature and fault.</summary>
public class SeedTests
{
    private const int Count = 1000;
    private const int CountWithTimestamps = 400;
    private const int MinSeeds = 5;

    [Fact]
    public void A_thousand_seeds_break_no_invariant_and_meet_every_adverse_event()
    {
        var failures = new ConcurrentBag<string>();
        var happenings = new ConcurrentDictionary<Happening, (long Times, long Seeds)>();
        long bytes = 0, completed = 0;

        Parallel.For(0, Count, index =>
        {
            var report = Simulator.Run(Scenario.FromSeed((ulong)index));
            if (report.Violation is { } violation)
                failures.Add($"seed {index}: {violation}");
            Interlocked.Add(ref bytes, report.OctetsChecked);
            Interlocked.Add(ref completed, report.Completed);
            foreach (var (happening, times) in report.Happenings.Where(pair => pair.Value > 0))
                happenings.AddOrUpdate(happening, (times, 1), (_, sum) => (sum.Times + times, sum.Seeds + 1));
        });

        Assert.True(failures.IsEmpty, string.Join('\n', failures));
        Assert.True(bytes > 50_000_000, $"only {bytes} bytes were checked");
        Assert.True(completed > 2000, $"only {completed} connections ended as planned");
        // The events really happen, not only in the scenario, and in several seeds each.
        Assert.All(Enum.GetValues<Happening>(), happening =>
        {
            var (times, seeds) = happenings.GetValueOrDefault(happening);
            Assert.True(seeds >= MinSeeds, $"{happening} happened {times} times, in {seeds} seeds");
        });
    }

    /// <summary>Seeds with timestamps in nearly all scenarios, on one side or on both.</summary>
    [Fact]
    [Trait("RFC", "7323 section 5.3")]
    public void Seeds_break_no_invariant_with_timestamps_either()
    {
        var failures = new ConcurrentBag<string>();
        long completed = 0;

        Parallel.For(0, CountWithTimestamps, index =>
        {
            var drawn = Scenario.FromSeed((ulong)(1_000_000 + index));
            var report = Simulator.Run(drawn with
            {
                Client = drawn.Client with { Timestamps = index % 8 != 1 },
                Server = drawn.Server with { Timestamps = index % 8 != 2 },
            });
            if (report.Violation is { } violation)
                failures.Add($"seed {1_000_000 + index}: {violation}");
            Interlocked.Add(ref completed, report.Completed);
        });

        Assert.True(failures.IsEmpty, string.Join('\n', failures));
        Assert.True(completed > CountWithTimestamps, $"only {completed} connections ended as planned");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(39)]
    [InlineData(102)]
    [InlineData(221)]
    public void The_same_seed_gives_the_same_run(ulong seed)
    {
        var first = Simulator.Run(Scenario.FromSeed(seed));
        var second = Simulator.Run(Scenario.FromSeed(seed));

        Assert.Equal(first.EventHash, second.EventHash);
        Assert.Equal(first.Events, second.Events);
        Assert.NotEqual(first.EventHash, Simulator.Run(Scenario.FromSeed(seed + 1)).EventHash);
    }

    [Fact]
    public void A_trace_does_not_change_the_run()
    {
        var events = new List<SimulatedEvent>();

        var traced = Simulator.Run(
            Scenario.FromSeed(5), new SimulationOptions { Trace = events.Add, RecordsFaults = true });

        Assert.Equal(Simulator.Run(Scenario.FromSeed(5)).EventHash, traced.EventHash);
        Assert.All(events, one => Assert.NotEqual(one.Event is null, one.Note is null));
        Assert.Contains(events, one => one is { Host: "client", Event.Kind: TraceEventKind.Segment });
        Assert.Equal(
            traced.Faults.Count(fault => fault.Kind == FaultKind.Loss),
            events.Count(one => one.Event is { Kind: TraceEventKind.Link, Link.Kind: LinkVerdictKind.Lost }));
    }

    [Fact]
    public void Listed_faults_give_the_same_run_as_drawn_ones()
    {
        var drawn = Scenario.FromSeed(11);
        var report = Simulator.Run(drawn, new SimulationOptions { RecordsFaults = true });

        var listed = Simulator.Run(drawn with { Faults = report.Faults });

        Assert.NotEmpty(report.Faults);
        Assert.Equal(report.EventHash, listed.EventHash);
    }

    [Fact]
    public void Two_thousand_seeds_draw_every_feature()
    {
        var scenarios = Enumerable.Range(0, 2000).Select(seed => Scenario.FromSeed((ulong)seed)).ToList();

        Assert.All(
            Enum.GetValues<IncidentKind>(),
            kind => Assert.Contains(scenarios, s => s.Incidents.Any(incident => incident.Kind == kind)));
        Assert.All(Enum.GetValues<Ending>(), ending => Assert.Contains(
            scenarios, s => s.Connections.Any(c => c.Client.Ending == ending && c.Server.Ending != ending)));
        Assert.Contains(scenarios, s => s.IPv6);
        Assert.Contains(scenarios, s => s.AttacksPerSecond > 0);
        Assert.Contains(scenarios, s => s.Server.Model is { ShrinksWindow: true });
        Assert.Contains(scenarios, s => s.Server.Model is { DividesAcks: true });
        Assert.Contains(scenarios, s => s.Server.Model is { Overlaps: true });
        Assert.Contains(scenarios, s => s.Connections.Count > 50);
        Assert.Contains(scenarios, s => s.Client.Mtu == 68);
        Assert.Contains(scenarios, s => s.Client.SequenceNear == 0x8000_0000);
        Assert.Contains(scenarios, s => s.Server.LateTicks > TimeSpan.FromMilliseconds(400));
    }

    [Fact]
    public void A_scenario_round_trips_through_JSON()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var json = ScenarioJson.Write(
                Scenario.FromSeed(seed) with { Faults = [new Fault(1, 17, FaultKind.Corrupt, 42)] });

            Assert.Equal(json, ScenarioJson.Write(ScenarioJson.Read(json)));
        }

        Assert.Throws<System.Text.Json.JsonException>(() => ScenarioJson.Read("{\"seeed\": 1}"));
        Assert.Throws<System.Text.Json.JsonException>(() => ScenarioJson.Read("{\"toServer\": \"los=1%\"}"));
        Assert.Throws<System.Text.Json.JsonException>(() => ScenarioJson.Read("{\"attacksPerSecond\": 1e999}"));
    }
}
