using UserTcp.Testing.Exploring;

namespace UserTcp.Testing;

/// <summary>
/// Runs a test many times: to find a seed that fails, the fewest faults that do, or a run that differs.
/// </summary>
public static class VirtualExploration
{
    /// <summary>
    /// Runs a test with one seed after the other, from <see cref="VirtualNetworkOptions.Seed"/> on, and each with one
    /// or more orders of simultaneous events. Stops at the first failure.
    /// </summary>
    /// <param name="test">The test.</param>
    /// <param name="options">The options of the first run; null for the default.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="orders">How many orders for each: the first is that of the options.</param>
    /// <param name="twice">
    /// True makes each run with <see cref="RunTwiceAsync"/>: it also fails when the second one differs.
    /// </param>
    /// <param name="cancellationToken">Ends the run of the moment, and the search.</param>
    /// <returns>The first failure, or the last run; and how many runs there were.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<VirtualSearchResult> RunSeedsAsync(
        Func<VirtualNetwork, Task> test, VirtualNetworkOptions? options = null, int seeds = 100, int orders = 1,
        bool twice = false, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(orders, 1);
        options ??= new VirtualNetworkOptions();
        for (var run = 0L; ; run++)
        {
            var (seed, order) = Math.DivRem(run, orders);
            var next = options with { Seed = options.Seed + (ulong)seed, Order = options.Order + (ulong)order };
            var running = twice
                ? RunTwiceAsync(test, next, cancellationToken)
                : VirtualNetwork.TryRunAsync(test, next, cancellationToken);
            var result = await running.ConfigureAwait(false);
            if (result.Error is not null || run + 1 == (long)seeds * orders)
                return new VirtualSearchResult(result, run + 1);
        }
    }

    /// <summary>
    /// Leaves out faults of a run that has failed, as long as the test still fails in the same way: with the same
    /// <see cref="VirtualNetworkException.Kind"/>, or an exception of the same type. The result is the run with the
    /// fewest; its <see cref="VirtualResult.Strikes"/> say which, with a rule for each.
    /// </summary>
    /// <param name="test">The test.</param>
    /// <param name="failure">A run that has failed.</param>
    /// <param name="cancellationToken">Ends the run of the moment, and the search.</param>
    /// <exception cref="ArgumentException">The run has passed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<VirtualResult> ShrinkAsync(
        Func<VirtualNetwork, Task> test, VirtualResult failure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(failure);
        return failure.Error is null
            ? throw new ArgumentException("The run has passed: there is nothing to shrink.", nameof(failure))
            : new FaultShrinker(test, failure, cancellationToken).RunAsync();
    }

    /// <summary>
    /// Runs a test twice with the same options. When the second run differs, the result has failed, and says where.
    /// </summary>
    /// <param name="test">The test.</param>
    /// <param name="options">The options of both runs; null for the default.</param>
    /// <param name="cancellationToken">Ends the run of the moment.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<VirtualResult> RunTwiceAsync(
        Func<VirtualNetwork, Task> test, VirtualNetworkOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var first = await VirtualNetwork.TryRunAsync(test, options, cancellationToken).ConfigureAwait(false);
        if (first.Error is not null)
            return first;
        var second = await VirtualNetwork.TryRunAsync(test, options, cancellationToken).ConfigureAwait(false);
        return RunComparison.FindDifference(first.Trace, second.Trace) is { } difference
            ? second.Fail(difference)
            : second;
    }
}
