using UserTcp.Engine.Diagnostics;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>Faults that an engine contains instead of throwing: the fuzzer counts each that it has not caused itself as a finding.</summary>
internal static class Faults
{
    private static readonly Counter? Counted = Enum.TryParse<Counter>("ConnectionFaults", out var counter) ? counter : null;

    /// <summary>True when an exception costs one connection and is counted.</summary>
    public static bool AreContained => Counted is not null;

    /// <summary>Faults that an engine has contained.</summary>
    public static long CountIn(EngineCounters counters) => Counted is { } counter ? counters[counter] : 0;
}
