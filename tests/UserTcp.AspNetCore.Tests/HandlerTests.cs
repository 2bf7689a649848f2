using UserTcp.AspNetCore.Tests.Cases;
using Xunit;

namespace UserTcp.AspNetCore.Tests;

public sealed class HandlerTests : CaseTests
{
    public static TheoryData<string> Names => NamesOf(HandlerCases.All);

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_case_has_the_same_outcome(string name) => CheckAsync(HandlerCases.All, name);
}
