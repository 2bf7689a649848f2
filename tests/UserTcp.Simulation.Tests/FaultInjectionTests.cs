using System.Collections.Concurrent;
using UserTcp.Engine.State;

namespace UserTcp.Simulation.Tests;

/// <summary>A fault inside a host costs the connection that it hits and no other, and leaves no state.</summary>
public class FaultInjectionTests
{
    private const int Seeds = 120;

    [Fact]
    public void Only_victims_are_reset_and_no_invariant_is_broken()
    {
        var failures = new ConcurrentBag<string>();
        long exceptions = 0, allocations = 0, refusals = 0, resets = 0, victims = 0, completed = 0;

        Parallel.For(0, Seeds, index =>
        {
            var report = Simulator.Run(Scenario.FaultyFromSeed((ulong)index));
            if (report.Violation is { } violation)
                failures.Add($"usertcp sim --faults 1 --seed {index}: {violation}");
            Interlocked.Add(ref exceptions, report.Happenings[Happening.InjectedException]);
            Interlocked.Add(ref allocations, report.Happenings[Happening.FailedAllocation]);
            Interlocked.Add(ref refusals, report.Happenings[Happening.RefusedWrite]);
            Interlocked.Add(ref resets, report.Happenings[Happening.FaultVictim]);
            Interlocked.Add(ref victims, report.Victims);
            Interlocked.Add(ref completed, report.Completed);
        });

        var summary = $"{exceptions} exceptions, {allocations} failed allocations, {refusals} refused writes; {resets} "
            + $"resets, {victims} victims, {completed} completed";
        Assert.True(failures.IsEmpty, string.Join('\n', failures));
        Assert.True(
            exceptions > 500 && allocations > 50 && refusals > 200 && resets > 500 && victims > 500 && completed > 1000,
            summary);
        TestContext.Current.SendDiagnosticMessage(summary);
    }

    [Fact]
    public void The_same_faults_give_the_same_run() =>
        Assert.Equal(
            Simulator.Run(Scenario.FaultyFromSeed(7)).EventHash, Simulator.Run(Scenario.FaultyFromSeed(7)).EventHash);

    [Fact]
    public void A_scenario_with_faults_round_trips_through_JSON()
    {
        var json = ScenarioJson.Write(Scenario.FaultyFromSeed(3));

        Assert.Contains("failedAllocations", json, StringComparison.Ordinal);
        Assert.Equal(json, ScenarioJson.Write(ScenarioJson.Read(json)));
    }

    /// <summary>The engine contains faults, and the oracle still reports one that was not injected.</summary>
    [Fact]
    public void A_fault_of_the_engine_itself_is_a_violation()
    {
        var scenario = new Scenario
        {
            Seed = 1,
            Client = new HostPlan { Faults = new HostFaults() },
            Server = new HostPlan { Faults = new HostFaults() },
            Connections = [new ConnectionPlan
            {
                Client = new EndPlan { Octets = 100_000 },
                Server = new EndPlan { Octets = 100_000 },
            }],
        };
        var options = new SimulationOptions { Sabotage = (engine, _) => engine.State.Injector = new OwnFault() };

        Assert.Null(Simulator.Run(scenario).Violation);
        Assert.Equal("I14", Simulator.Run(scenario, options).Violation?.Invariant);
    }

    private sealed class OwnFault : IFaultInjector
    {
        public void At(FaultPoint point, Tcb? handling)
        {
            if (point == FaultPoint.DataQueued)
                throw new InvalidOperationException("not injected");
        }
    }
}
