using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// USERTCP_TEST_SYN_COOKIES=always in the environment makes every listener of the tests use SYN cookies. Tests with the
/// trait SynCookies=never are exempt: they need half-open entries or state that a cookie does not encode.
/// </summary>
internal static class ForcedCookies
{
    private const string Trait = "SynCookies";

    public static bool AreOn =>
        Environment.GetEnvironmentVariable("USERTCP_TEST_SYN_COOKIES") == "always" &&
        TestContext.Current.Test?.Traits.TryGetValue(Trait, out _) is not true;
}
