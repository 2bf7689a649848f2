using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>Waits for a condition, and names it when it does not become true.</summary>
internal static class Until
{
    /// <summary>A timeout beyond the duration of any test.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Timeout, $"Not within {Timeout}: {what}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public static Task OrFail(this Task task) => task.WaitAsync(Timeout, TestContext.Current.CancellationToken);

    public static Task<T> OrFail<T>(this Task<T> task) => task.WaitAsync(Timeout, TestContext.Current.CancellationToken);

    public static Task<T> OrFail<T>(this ValueTask<T> task) => task.AsTask().OrFail();

    public static Task OrFail(this ValueTask task) => task.AsTask().OrFail();
}
