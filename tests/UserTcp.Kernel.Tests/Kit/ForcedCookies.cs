using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// With USERTCP_TEST_SYN_COOKIES=always in the environment every listener of the tests answers by SYN cookies, except in those that have the
/// trait SynCookies=never: for half-open connections, and for what a cookie does not keep.
/// </summary>
internal static class ForcedCookies
{
    private const string Trait = "SynCookies";

    public static bool AreOn =>
        Environment.GetEnvironmentVariable("USERTCP_TEST_SYN_COOKIES") == "always" &&
        TestContext.Current.Test?.Traits.TryGetValue(Trait, out _) is not true;
}
