using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>A token ends a run, and a search for a failure.</summary>
public sealed class CancellationTests
{
    private static readonly VirtualNetworkOptions _options =
        new() { BlockedAfter = TimeSpan.FromMilliseconds(100), Captures = null };

    [Theory]
    [InlineData(VirtualLevel.Exact)]
    [InlineData(VirtualLevel.Fates)]
    public async Task A_run_ends_with_its_stacks(VirtualLevel level)
    {
        using var cancellation = new CancellationTokenSource();
        UserTcpStack? stack = null;

        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => VirtualNetwork.RunAsync(
            async network =>
            {
                stack = network.AddHost("api").Stack;
                await Task.Delay(TimeSpan.FromSeconds(1), network.TimeProvider);
                await cancellation.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, network.TimeProvider);
            },
            _options with { Level = level }, cancellation.Token));

        Assert.Equal(cancellation.Token, error.CancellationToken);
        await stack!.Completion.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_run_whose_worker_is_blocked_ends()
    {
        using var cancellation = new CancellationTokenSource();
        using var never = new ManualResetEventSlim();
        var canceling = new Thread(cancellation.Cancel);

        await Assert.ThrowsAsync<OperationCanceledException>(() => VirtualNetwork.RunAsync(
            _ =>
            {
                canceling.Start();
                never.Wait(CancellationToken.None);
                return Task.CompletedTask;
            },
            _options, cancellation.Token));
    }

    [Fact]
    public async Task A_run_that_waits_for_its_turn_does_not_begin()
    {
        using var cancellation = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        var first = VirtualNetwork.RunAsync(_ => gate.Task, cancellationToken: TestContext.Current.CancellationToken);
        var hasBegun = false;
        var second = VirtualNetwork.RunAsync(
            _ =>
            {
                hasBegun = true;
                return Task.CompletedTask;
            },
            cancellationToken: cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        gate.SetResult();
        await first;
        Assert.False(hasBegun);
    }

    [Fact]
    public async Task A_test_that_cancels_for_itself_has_failed()
    {
        using var cancellation = new CancellationTokenSource();

        var result = await VirtualNetwork.TryRunAsync(
            _ => throw new OperationCanceledException(), _options, cancellation.Token);

        Assert.IsType<OperationCanceledException>(result.Error);
    }

    [Fact]
    public async Task A_search_ends_at_the_seed_of_the_moment()
    {
        using var cancellation = new CancellationTokenSource();
        var seeds = new List<ulong>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => VirtualExploration.RunSeedsAsync(
            network => RunAsync(network.Seed), _options, cancellationToken: cancellation.Token));

        Assert.Equal([1, 2, 3], seeds);

        async Task RunAsync(ulong seed)
        {
            seeds.Add(seed);
            if (seed == 3)
                await cancellation.CancelAsync();
        }
    }

    [Fact]
    public async Task A_shrinking_ends()
    {
        using var cancellation = new CancellationTokenSource();
        var runs = 0;
        var options = _options with { Impairment = LinkImpairment.Parse("loss=50%,delay=1ms") };
        var search = await VirtualExploration.RunSeedsAsync(
            ConnectAsync, options, cancellationToken: TestContext.Current.CancellationToken);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => VirtualExploration.ShrinkAsync(ConnectAsync, search.Failure!, cancellation.Token));

        async Task ConnectAsync(VirtualNetwork network)
        {
            if (++runs > 2)
                await cancellation.CancelAsync();
            await using var listener = await network.AddHost("server").ListenAsync(80);
            await using var client = await network.AddHost("client").ConnectAsync("server", 80);
            Assert.True(network.Elapsed < TimeSpan.FromSeconds(1), "slow");
        }
    }
}
