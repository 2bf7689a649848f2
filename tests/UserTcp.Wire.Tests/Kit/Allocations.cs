namespace UserTcp.Wire.Tests.Kit;

/// <summary>Bytes that an action allocates on this thread after a warm-up.</summary>
internal static class Allocations
{
    private const int Rounds = 5_000;

    public static long Of(Action action)
    {
        for (var i = 0; i < Rounds; i++)
            action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
            action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
