using UserTcp.AspNetCore.Tests.Cases;
using Xunit;

namespace UserTcp.AspNetCore.Tests;

/// <summary>
/// Runs cases over Kestrel's own transport and over the stack: each has the expected outcome over both, or a
/// difference with a reason.
/// </summary>
public sealed class CaseTests
{
    private static readonly Dictionary<string, WebCases> Lists = new()
    {
        ["Abort"] = AbortCases.All,
        ["Bind"] = BindCases.All,
        ["ClientEnd"] = ClientEndCases.All,
        ["Connection"] = ConnectionCases.All,
        ["Drain"] = DrainCases.All,
        ["Handler"] = HandlerCases.All,
        ["Http2"] = Http2Cases.All,
        ["Http2Connection"] = Http2ConnectionCases.All,
        ["KeepAlive"] = KeepAliveCases.All,
        ["Limit"] = LimitCases.All,
        ["Response"] = ResponseCases.All,
        ["Timeout"] = TimeoutCases.All,
        ["Tls"] = TlsCases.All,
        ["Upgrade"] = UpgradeCases.All,
    };

    public static TheoryData<string, string> Names =>
        [.. Lists.SelectMany(list => list.Value.Keys.Select(name => (list.Key, name)))];

    [Fact]
    public void Each_difference_belongs_to_one_case() => Assert.All(
        Differences.All.Keys, name => Assert.Single(Lists.Values, cases => cases.ContainsKey(name)));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_case_has_the_same_outcome(string list, string name)
    {
        var (expected, run) = Lists[list][name];
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
}
