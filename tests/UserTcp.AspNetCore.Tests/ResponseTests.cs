using UserTcp.AspNetCore.Tests.Cases;
using Xunit;

namespace UserTcp.AspNetCore.Tests;

public sealed class ResponseTests : CaseTests
{
    public static TheoryData<string> Names => NamesOf(ResponseCases.All);

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_case_has_the_same_outcome(string name) => CheckAsync(ResponseCases.All, name);
}
