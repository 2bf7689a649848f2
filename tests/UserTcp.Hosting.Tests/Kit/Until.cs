using System.Diagnostics;
using Xunit;

namespace UserTcp.Hosting.Tests.Kit;

/// <summary>Waits for a condition instead of a time, and says what did not come.</summary>
internal static class Until
{
    /// <summary>Longer than anything takes that is going to happen at all.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Timeout, $"Not within {Timeout}: {what}");
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public static Task OrFail(this Task task) => task.WaitAsync(Timeout, TestContext.Current.CancellationToken);

    public static Task<T> OrFail<T>(this Task<T> task) => task.WaitAsync(Timeout, TestContext.Current.CancellationToken);

    public static Task<T> OrFail<T>(this ValueTask<T> task) => task.AsTask().OrFail();
}
