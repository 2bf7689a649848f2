using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Diagnostics;

/// <summary>What holds for an engine's tables and counts between two calls into it.</summary>
internal static class EngineInvariants
{
    /// <summary>The first rule that does not hold for the engine or one of its connections, or null.</summary>
    /// <param name="engine">The engine's shared state.</param>
    /// <param name="isDrained">All output has been taken; false leaves out the rules that only then hold.</param>
    public static string? FindViolation(EngineState engine, bool isDrained)
    {
        var (halfOpen, orphans, memory) = (engine.HalfOpen.Count, 0, 0L);
        foreach (var tcb in engine.Connections.All())
        {
            if (TcbInvariants.FindViolation(engine, tcb, isDrained) is { } violation)
                return violation;
            halfOpen += tcb is { State: TcpState.SynReceived, Listener: not null, IsOpenEarly: false } ? 1 : 0;
            orphans += tcb.IsCountedOrphan ? 1 : 0;
            memory += tcb.CountedMemory;
        }

        if (orphans != engine.Orphans)
            return $"orphans: {engine.Orphans} counted, {orphans} there";
        if (memory != engine.Memory.Held)
            return $"memory: {engine.Memory.Held} bytes counted, {memory} held by connections";
        return FindInListeners(engine, halfOpen) ?? FindInLimits(engine);
    }

    private static string? FindInListeners(EngineState engine, int halfOpen)
    {
        var counted = 0;
        foreach (var listener in engine.Listeners.All)
        {
            counted += listener.HalfOpen;
            if (listener.HalfOpen < 0 || listener.HalfOpen > MaxHalfOpen(engine.Options))
                return $"listener: {listener.HalfOpen} half-open connections";
        }

        return counted == halfOpen ? null : $"listener: {counted} half-open connections counted, {halfOpen} there";
    }

    /// <summary>With SYN cookies, connections that a SYN opens over TIME-WAIT come on top (docs/decisions/0035).</summary>
    private static long MaxHalfOpen(EngineOptions options) => options.SynCookies == SynCookieMode.Never ? options.MaxHalfOpen : 2L * options.MaxHalfOpen;

    private static string? FindInLimits(EngineState engine) =>
        engine.ConnectionCount > engine.Options.MaxConnections ? $"limits: {engine.ConnectionCount} connections of {engine.Options.MaxConnections}"
        : engine.TimeWait.Count > engine.Options.MaxTimeWait ? $"limits: {engine.TimeWait.Count} in TIME-WAIT of {engine.Options.MaxTimeWait}"
        : null;
}
