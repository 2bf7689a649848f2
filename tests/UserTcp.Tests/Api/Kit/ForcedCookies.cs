using Xunit;

namespace UserTcp.Tests.Api.Kit;

/// <summary>
/// With USERTCP_TEST_SYN_COOKIES=always in the environment every listener replies with SYN cookies, except in tests
/// with the trait SynCookies=never: those with half-open connections, and those with options that a cookie cannot hold.
/// </summary>
internal static class ForcedCookies
{
    private const string Trait = "SynCookies";

    public static bool AreOn =>
        Environment.GetEnvironmentVariable("USERTCP_TEST_SYN_COOKIES") == "always" &&
        TestContext.Current.Test?.Traits.TryGetValue(Trait, out _) is not true;
}
