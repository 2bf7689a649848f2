using UserTcp.AspNetCore.Tests.Cases;
using Xunit;

namespace UserTcp.AspNetCore.Tests;

public sealed class DifferenceTests
{
    private static readonly WebCases[] s_all =
    [
        AbortCases.All, BindCases.All, ClientEndCases.All, ConnectionCases.All, DrainCases.All, HandlerCases.All,
        Http2Cases.All, Http2ConnectionCases.All, KeepAliveCases.All, LimitCases.All, ResponseCases.All,
        TimeoutCases.All, TlsCases.All, UpgradeCases.All,
    ];

    [Fact]
    public void Each_difference_belongs_to_one_case() => Assert.All(
        Differences.All.Keys, name => Assert.Single(s_all, cases => cases.ContainsKey(name)));
}
