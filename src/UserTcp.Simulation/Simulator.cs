using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Simulation;

/// <summary>Runs scenarios in virtual time.</summary>
public static class Simulator
{
    /// <summary>Runs a scenario to its end, or to the first violation.</summary>
    public static SimulationReport Run(Scenario scenario, SimulationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return new World.SimulatedWorld(scenario, options ?? new SimulationOptions()).Run();
    }
}

/// <summary>What a run reports. No option changes its course.</summary>
public sealed class SimulationOptions
{
    /// <summary>
    /// Gets all events of engines and links, and what happens outside of them; null for none.
    /// </summary>
    public Action<SimulatedEvent>? Trace { get; init; }

    /// <summary>Records each fault of a packet in <see cref="SimulationReport.Faults"/>.</summary>
    public bool RecordsFaults { get; init; }

    /// <summary>For tests of the oracle: changes a frame on the link. The first argument is the link.</summary>
    internal Func<int, byte[], byte[]>? TamperFrame { get; init; }

    /// <summary>For tests of the oracle: changes data between an engine and its application.</summary>
    internal Func<byte[], byte[]>? TamperData { get; init; }

    /// <summary>For tests of the oracle: changes an engine after each event.</summary>
    internal Action<TcpEngine, MonotonicTime>? Sabotage { get; init; }
}

/// <summary>A broken invariant.</summary>
/// <param name="Invariant">The identifier of the invariant, I1 to I19.</param>
/// <param name="Message">The details.</param>
/// <param name="Time">The virtual time since the start.</param>
/// <param name="Event">The number of events until then.</param>
public sealed record Violation(string Invariant, string Message, TimeSpan Time, long Event)
{
    /// <summary>The violation in one line.</summary>
    public override string ToString() =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Invariant} at {Time.TotalSeconds:0.000} s (event {Event}): {Message}");
}

/// <summary>The result of a run.</summary>
public sealed record SimulationReport
{
    /// <summary>The violation that stopped the run; null for none.</summary>
    public Violation? Violation { get; init; }

    /// <summary>The virtual time that has passed, without clock jumps.</summary>
    public TimeSpan Simulated { get; init; }

    /// <summary>The number of events: arrivals of frames, timers, application calls.</summary>
    public long Events { get; init; }

    /// <summary>Bytes that applications received and checked.</summary>
    public long OctetsChecked { get; init; }

    /// <summary>Connections that ended as planned.</summary>
    public int Completed { get; init; }

    /// <summary>Connections with an excuse for another end: aborted, refused, or their host restarted.</summary>
    public int Excused { get; init; }

    /// <summary>Excused connections that an injected fault has cost (<see cref="HostFaults"/>).</summary>
    public int Victims { get; init; }

    /// <summary>A hash of all events in order. The same scenario gives the same hash.</summary>
    public ulong EventHash { get; init; }

    /// <summary>The faults that happened, if <see cref="SimulationOptions.RecordsFaults"/> is set.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>How often each adverse event happened.</summary>
    public IReadOnlyDictionary<Happening, long> Happenings { get; init; } = new Dictionary<Happening, long>();
}
