using Xunit;

namespace UserTcp.Testing.Xunit.Tests;

/// <summary>
/// The test process of a project with the default for UserTcpVirtualTests. Runs by itself: a virtual network finds the
/// timers of all tests that run at the same time.
/// </summary>
[Collection(nameof(OneWorkerTests))]
[CollectionDefinition(nameof(OneWorkerTests), DisableParallelization = true)]
public sealed class OneWorkerTests
{
    [Fact]
    public void The_test_process_has_one_worker()
    {
        ThreadPool.GetMaxThreads(out var workers, out _);

        Assert.Equal(1, workers);
        Assert.Equal("OneWorker", AppContext.GetData("UserTcp.Testing.VirtualTests"));
    }

    [Fact]
    public void Http2_windows_do_not_depend_on_a_clock()
    {
        const string Switch = "System.Net.SocketsHttpHandler.Http2FlowControl.DisableDynamicWindowSizing";

        Assert.True(AppContext.TryGetSwitch(Switch, out var isDisabled) && isDisabled);
    }

    [VirtualFact]
    public void A_virtual_test_runs_in_the_test_process() =>
        Assert.Null(Environment.GetEnvironmentVariable("USERTCP_CHILD_TEST"));

    [Fact]
    public async Task An_ordinary_test_at_the_same_time_may_use_real_time()
    {
        var running = VirtualNetwork.RunAsync(
            network => Task.Delay(TimeSpan.FromDays(1) / 2, network.TimeProvider),
            new VirtualNetworkOptions { IsOtherTest = () => _isOther.Value });
        _isOther.Value = true;
        await Task.Delay(1, TestContext.Current.CancellationToken);

        await running;
    }

    private static readonly AsyncLocal<bool> _isOther = new();
}
