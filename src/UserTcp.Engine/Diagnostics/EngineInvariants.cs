using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Diagnostics;

/// <summary>
/// The invariants of an engine's tables and counts between two calls into it (docs/architecture.md, I1 to I19).
/// </summary>
internal static class EngineInvariants
{
    /// <summary>
    /// The first violated invariant of the engine or one of its connections, as "I8: what is wrong", or null.
    /// </summary>
    /// <param name="engine">The engine's shared state.</param>
    /// <param name="isDrained">All output has been emitted. False skips the invariants that hold only then.</param>
    public static string? FindViolation(EngineState engine, bool isDrained)
    {
        var (halfOpen, orphans, memory) = (engine.HalfOpen.Count, 0, 0L);
        foreach (var tcb in engine.Connections.All())
        {
            if (TcbInvariants.FindViolation(engine, tcb, isDrained) is { } violation)
                return violation;
            // A parked connection is neither half-open nor an orphan, and has no data.
            if (tcb.IsParked)
                continue;
            halfOpen += tcb is { State: TcpState.SynReceived, Listener: not null, IsOpenEarly: false } ? 1 : 0;
            orphans += tcb.IsCountedOrphan ? 1 : 0;
            memory += tcb.CountedMemory;
        }

        if (orphans != engine.Orphans)
            return $"I12: {engine.Orphans} orphans counted, {orphans} there";
        var datagrams = engine.Udp.All.Sum(static endpoint => endpoint.Received.Memory);
        if (datagrams != engine.Udp.Memory)
            return $"I13: {engine.Udp.Memory} bytes of datagrams counted, {datagrams} there";
        memory += datagrams + engine.Fragments.Memory;
        if (memory != engine.Memory.Held)
            return $"I13: {engine.Memory.Held} bytes counted, {memory} held by connections, endpoints and fragments";
        return FindInListeners(engine, halfOpen) ?? FindInLimits(engine);
    }

    private static string? FindInListeners(EngineState engine, int halfOpen)
    {
        var counted = 0;
        foreach (var listener in engine.Listeners.All)
        {
            counted += listener.HalfOpen;
            if (listener.HalfOpen < 0 || listener.HalfOpen > MaxHalfOpen(engine.Options))
                return $"I12: a listener with {listener.HalfOpen} half-open connections";
        }

        return counted == halfOpen ? null : $"I12: {counted} half-open connections counted, {halfOpen} there";
    }

    /// <summary>
    /// With SYN cookies, connections that reuse TIME-WAIT come on top of the limit (docs/decisions/0035).
    /// </summary>
    private static long MaxHalfOpen(EngineOptions options) =>
        options.SynCookies == SynCookieMode.Never ? options.MaxHalfOpen : 2L * options.MaxHalfOpen;

    private static string? FindInLimits(EngineState engine) =>
        engine.ConnectionCount > engine.Options.MaxConnections
            ? $"I13: {engine.ConnectionCount} connections of {engine.Options.MaxConnections}"
        : engine.TimeWait.Count > engine.Options.MaxTimeWait
            ? $"I13: {engine.TimeWait.Count} in TIME-WAIT of {engine.Options.MaxTimeWait}"
        : null;
}
