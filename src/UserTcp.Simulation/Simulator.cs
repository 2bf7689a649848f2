using UserTcp.Engine;
using UserTcp.Engine.Contract;

namespace UserTcp.Simulation;

/// <summary>Runs scenarios in virtual time.</summary>
public static class Simulator
{
    /// <summary>Runs a scenario to its end, or to the first thing that must not be.</summary>
    public static SimulationReport Run(Scenario scenario, SimulationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return new World.SimulatedWorld(scenario, options ?? new SimulationOptions()).Run();
    }
}

/// <summary>How to look at a run; nothing here changes it.</summary>
public sealed class SimulationOptions
{
    /// <summary>Gets a line for each event.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>Notes each fault of a packet in <see cref="SimulationReport.Faults"/>.</summary>
    public bool RecordsFaults { get; init; }

    /// <summary>For tests of the oracle: changes a frame on the link, behind everybody's back.</summary>
    internal Func<int, byte[], byte[]>? TamperFrame { get; init; }

    /// <summary>For tests of the oracle: changes text between an engine and its application.</summary>
    internal Func<byte[], byte[]>? TamperData { get; init; }

    /// <summary>For tests of the oracle: does something to an engine after each event.</summary>
    internal Action<TcpEngine, MonotonicTime>? Sabotage { get; init; }
}

/// <summary>Something that must not be.</summary>
/// <param name="Invariant">Its identifier, I1 to I18.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Time">When, since the start.</param>
/// <param name="Event">After how many events.</param>
public sealed record Violation(string Invariant, string Message, TimeSpan Time, long Event)
{
    /// <summary>In one line.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Invariant} at {Time.TotalSeconds:0.000} s (event {Event}): {Message}");
}

/// <summary>What came of a run.</summary>
public sealed record SimulationReport
{
    /// <summary>What must not be, and stopped the run; null when all is well.</summary>
    public Violation? Violation { get; init; }

    /// <summary>Virtual time that has passed, without jumps of the clock.</summary>
    public TimeSpan Simulated { get; init; }

    /// <summary>Events: frames that arrived, timers, calls of applications.</summary>
    public long Events { get; init; }

    /// <summary>Octets whose content was checked when an application got them.</summary>
    public long OctetsChecked { get; init; }

    /// <summary>Connections that came to their planned end.</summary>
    public int Completed { get; init; }

    /// <summary>Connections that ended otherwise, as was to be expected: aborted, refused, or their host restarted.</summary>
    public int Excused { get; init; }

    /// <summary>Connections of these that a fault inside a host has cost (<see cref="HostFaults"/>).</summary>
    public int Victims { get; init; }

    /// <summary>A hash of all events in order: the same for the same scenario.</summary>
    public ulong EventHash { get; init; }

    /// <summary>The faults that happened, when <see cref="SimulationOptions.RecordsFaults"/> asks for them.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>How often what can go wrong did so.</summary>
    public IReadOnlyDictionary<Happening, long> Happenings { get; init; } = new Dictionary<Happening, long>();

    /// <summary>The last events before a violation.</summary>
    public IReadOnlyList<string> LastEvents { get; init; } = [];
}
