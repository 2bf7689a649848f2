using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Diagnostics;

/// <summary>What holds for an engine's tables and counts between two calls into it.</summary>
internal static class EngineInvariants
{
    /// <summary>The first rule that does not hold for the engine or one of its connections, or null.</summary>
    /// <param name="core">The engine's shared state.</param>
    /// <param name="isDrained">All output has been taken; false leaves out the rules that only then hold.</param>
    public static string? FindViolation(EngineCore core, bool isDrained)
    {
        var (halfOpen, orphans, memory) = (core.HalfOpen.Count, 0, 0L);
        foreach (var tcb in core.Connections.All())
        {
            if (TcbInvariants.FindViolation(core, tcb, isDrained) is { } violation)
                return violation;
            halfOpen += tcb is { State: TcpState.SynReceived, Listener: not null, IsOpenEarly: false } ? 1 : 0;
            orphans += tcb.IsCountedOrphan ? 1 : 0;
            memory += tcb.CountedMemory;
        }

        if (orphans != core.Orphans)
            return $"orphans: {core.Orphans} counted, {orphans} there";
        if (memory != core.Memory.Held)
            return $"memory: {core.Memory.Held} bytes counted, {memory} held by connections";
        return FindInListeners(core, halfOpen) ?? FindInLimits(core);
    }

    private static string? FindInListeners(EngineCore core, int halfOpen)
    {
        var counted = 0;
        foreach (var listener in core.Listeners.All)
        {
            counted += listener.HalfOpen;
            if (listener.HalfOpen < 0 || listener.HalfOpen > MaxHalfOpen(core.Options))
                return $"listener: {listener.HalfOpen} half-open connections";
        }

        return counted == halfOpen ? null : $"listener: {counted} half-open connections counted, {halfOpen} there";
    }

    /// <summary>With SYN cookies, connections that a SYN opens over TIME-WAIT come on top (docs/decisions/0035).</summary>
    private static long MaxHalfOpen(EngineOptions options) => options.SynCookies == SynCookieMode.Never ? options.MaxHalfOpen : 2L * options.MaxHalfOpen;

    private static string? FindInLimits(EngineCore core) =>
        core.ConnectionCount > core.Options.MaxConnections ? $"limits: {core.ConnectionCount} connections of {core.Options.MaxConnections}"
        : core.TimeWait.Count > core.Options.MaxTimeWait ? $"limits: {core.TimeWait.Count} in TIME-WAIT of {core.Options.MaxTimeWait}"
        : null;
}
