using Xunit;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>
/// Runs cases over Kestrel's own transport and over the stack: each has the expected outcome over both, or a
/// difference with a reason.
/// </summary>
public abstract class CaseTests
{
    private protected static async Task CheckAsync(WebCases cases, string name)
    {
        var (expected, run) = cases[name];
        var onStack = Differences.All.TryGetValue(name, out var difference) ? difference.Stack : expected;

        var outcomes = await Task.WhenAll(RunAsync(run, Transport.Sockets), RunAsync(run, Transport.Stack));

        if (outcomes[0] != expected || outcomes[1] != onStack)
        {
            Assert.Fail(
                $"expected over sockets: {expected}\n  actual over sockets: {outcomes[0]}\n"
                + $"   expected over stack: {onStack}\n     actual over stack: {outcomes[1]}");
        }

        // A difference that has gone must not stay in the list.
        Assert.True(difference is null || difference.Stack != expected, "this is no difference");
    }

    /// <summary>The outcome, or the error that the case has not expected.</summary>
    private static async Task<string> RunAsync(Func<Transport, Task<string>> run, Transport transport)
    {
        try
        {
            return await run(transport).OrFail();
        }
        catch (Exception exception)
        {
            return $"{exception}";
        }
    }

    private protected static TheoryData<string> NamesOf(WebCases cases) => [.. cases.Keys];
}
