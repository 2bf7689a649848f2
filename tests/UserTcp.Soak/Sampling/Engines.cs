using UserTcp.Engine;

namespace UserTcp.Soak.Sampling;

/// <summary>
/// The engines inside a stack, for figures that the public API does not have: armed timers, entries in TIME-WAIT. The
/// engines belong to the loops; only counts are read here, which may be a turn old.
/// </summary>
internal static class Engines
{
    public static IReadOnlyList<TcpEngine> Of(UserTcpStack stack) => [.. stack.Loops.Loops.Select(loop => loop.Engine)];
}
