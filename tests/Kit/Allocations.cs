namespace UserTcp.Kit;

/// <summary>
/// Bytes that an action allocates on this thread each time it runs, after a first run that is not counted.
/// </summary>
internal static class Allocations
{
    private const int Attempts = 5;

    /// <summary>
    /// The min of several runs: a garbage collection by another test ends this thread's allocation context, and the
    /// unused rest of it counts as allocated. What the action itself allocates recurs in every run.
    /// </summary>
    public static long Of(Action action)
    {
        action();
        var min = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && min > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            min = Math.Min(min, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return min;
    }
}
