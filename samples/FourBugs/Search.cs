using UserTcp.Testing;
using Xunit;

namespace FourBugs;

/// <summary>Looks for a bug with one seed after the other.</summary>
internal static class Search
{
    private const int Seeds = 100;

    /// <summary>Finds a seed with which a test fails, and then the fewest faults with which it still does.</summary>
    public static async Task<VirtualResult> FindAsync(
        string bug, Func<VirtualNetwork, Task> test, VirtualNetworkOptions options)
    {
        var search = await VirtualExploration.RunSeedsAsync(test, options, Seeds);
        var failure = Assert.IsType<VirtualResult>(search.Failure);
        var shrunk = await VirtualExploration.ShrinkAsync(test, failure);
        Console.WriteLine($"{bug}:");
        Console.WriteLine($"  found by seed {search.Runs} of {Seeds}, in which faults struck: {failure.Strikes.Count}");
        Console.WriteLine($"  left after shrinking: {shrunk.Strikes.Count}");
        foreach (var strike in shrunk.Strikes)
            Console.WriteLine($"    {strike}");
        Console.WriteLine($"  {shrunk.Error!.Message.ReplaceLineEndings("\n  ")}");
        return shrunk;
    }

    /// <summary>Runs a test with all seeds: none may fail.</summary>
    public static async Task PassAsync(Func<VirtualNetwork, Task> test, VirtualNetworkOptions options)
    {
        var search = await VirtualExploration.RunSeedsAsync(test, options, Seeds);
        search.ThrowIfFailed();
        Assert.Equal(Seeds, search.Runs);
    }
}
