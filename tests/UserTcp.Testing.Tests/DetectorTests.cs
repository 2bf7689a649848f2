using System.Runtime.CompilerServices;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>What keeps a run from being exact is found, with the line.</summary>
public sealed class DetectorTests
{
    [Fact]
    public async Task A_timer_of_real_time_is_found()
    {
        var line = Here() + 1;
        var message = await FailAsync(VirtualFailureKind.NotExact, _ => Task.Delay(3));

        Assert.Contains("Task.Delay. Write Task.Delay(delay, timeProvider, token)", message, StringComparison.Ordinal);
        Assert.Contains($"DetectorTests.cs:line {line}", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_that_waits_for_nothing_is_stuck()
    {
        var message = await FailAsync(VirtualFailureKind.Stuck, _ => new TaskCompletionSource().Task);

        Assert.Contains("The test is stuck", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blocked_worker_is_found()
    {
        var line = Here() + 3;
        var message = await FailAsync(VirtualFailureKind.Blocked, network =>
        {
            Task.Delay(TimeSpan.FromMilliseconds(5), network.TimeProvider).Wait();
            return Task.CompletedTask;
        });

        Assert.Contains("The test is blocked", message, StringComparison.Ordinal);
        Assert.Contains($"DetectorTests.cs:line {line}", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_thread_is_found()
    {
        var message = await FailAsync(VirtualFailureKind.NotExact, async network =>
        {
            var delayed = new TaskCompletionSource();
            new Thread(() => Delay(network, delayed)) { Name = "mine" }.Start();
            await delayed.Task;
        });

        Assert.Contains("The network was used from the thread \"mine\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_that_never_struck_fails_the_test()
    {
        var message = await FailAsync(VirtualFailureKind.FaultNeverStruck, network =>
        {
            network.AddHost("api");
            network.AddFault("drop data:3 to api");
            return Task.CompletedTask;
        });

        Assert.Contains("The fault \"drop data:3 to api\" has never struck", message, StringComparison.Ordinal);
    }

    private static int Here([CallerLineNumber] int line = 0) => line;

    private static async void Delay(VirtualNetwork network, TaskCompletionSource delayed)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(1), network.TimeProvider);
        delayed.SetResult();
    }

    private static async Task<string> FailAsync(VirtualFailureKind kind, Func<VirtualNetwork, Task> test)
    {
        var options = new VirtualNetworkOptions
        {
            StuckAfter = TimeSpan.FromMilliseconds(100),
            BlockedAfter = TimeSpan.FromMilliseconds(100),
            Captures = null,
        };
        var error = await Assert.ThrowsAsync<VirtualNetworkException>(() => VirtualNetwork.RunAsync(test, options));
        Assert.Equal(kind, error.Kind);
        return error.Message;
    }
}
