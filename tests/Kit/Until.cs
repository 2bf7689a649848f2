using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace UserTcp.Kit;

/// <summary>Waits for conditions and tasks, and fails when they take too long.</summary>
internal static class Until
{
    /// <summary>Far longer than anything takes that happens at all.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Waits until the condition is true. A failure also says what <paramref name="state"/> returns then.
    /// </summary>
    public static async Task TrueAsync(
        Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "",
        Func<string>? state = null)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) >= Timeout)
                Assert.Fail($"Not within {Timeout}: {what} {state?.Invoke()}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public static Task OrFail(this Task task) => task.WaitAsync(Timeout, TestContext.Current.CancellationToken);

    public static Task<T> OrFail<T>(this Task<T> task) =>
        task.WaitAsync(Timeout, TestContext.Current.CancellationToken);

    public static Task<T> OrFail<T>(this ValueTask<T> task) => task.AsTask().OrFail();

    public static Task OrFail(this ValueTask task) => task.AsTask().OrFail();
}
