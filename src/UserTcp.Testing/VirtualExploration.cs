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
    /// <returns>The first failure, or the last run; and how many runs there were.</returns>
    public static async Task<(VirtualResult Result, int Runs)> RunSeedsAsync(
        Func<VirtualNetwork, Task> test, VirtualNetworkOptions? options = null, int seeds = 100, int orders = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(orders, 1);
        options ??= new VirtualNetworkOptions();
        for (var run = 0; ; run++)
        {
            var result = await VirtualNetwork.TryRunAsync(
                test,
                options with
                {
                    Seed = options.Seed + (ulong)(run / orders),
                    Order = options.Order + (ulong)(run % orders),
                })
                .ConfigureAwait(false);
            if (result.Error is not null || run + 1L == (long)seeds * orders)
                return (result, run + 1);
        }
    }

    /// <summary>
    /// Leaves out faults of a run that has failed, as long as the test still fails in the same way. The result is the
    /// run with the fewest; its <see cref="VirtualResult.Strikes"/> say which, with a rule for each.
    /// </summary>
    /// <exception cref="ArgumentException">The run has passed.</exception>
    public static Task<VirtualResult> ShrinkAsync(Func<VirtualNetwork, Task> test, VirtualResult failure)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(failure);
        return failure.Error is null
            ? throw new ArgumentException("The run has passed: there is nothing to shrink.", nameof(failure))
            : new FaultShrinker(test, failure).RunAsync();
    }

    /// <summary>
    /// Runs a test twice with the same options. When the second run differs, the result has failed, and says where.
    /// </summary>
    public static async Task<VirtualResult> RunTwiceAsync(
        Func<VirtualNetwork, Task> test, VirtualNetworkOptions? options = null)
    {
        var first = await VirtualNetwork.TryRunAsync(test, options).ConfigureAwait(false);
        if (first.Error is not null)
            return first;
        var second = await VirtualNetwork.TryRunAsync(test, options).ConfigureAwait(false);
        return RunComparison.FindDifference(first.Trace, second.Trace) is { } difference
            ? second.Fail(difference)
            : second;
    }
}
