using UserTcp.AspNetCore.Tests.Cases;
using Xunit;

namespace UserTcp.AspNetCore.Tests;

public sealed class Http2ConnectionTests : CaseTests
{
    public static TheoryData<string> Names => NamesOf(Http2ConnectionCases.All);

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_case_has_the_same_outcome(string name) => CheckAsync(Http2ConnectionCases.All, name);
}
