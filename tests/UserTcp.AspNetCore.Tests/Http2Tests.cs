using UserTcp.AspNetCore.Tests.Cases;
using Xunit;

namespace UserTcp.AspNetCore.Tests;

public sealed class Http2Tests : CaseTests
{
    public static TheoryData<string> Names => NamesOf(Http2Cases.All);

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_case_has_the_same_outcome(string name) => CheckAsync(Http2Cases.All, name);
}
