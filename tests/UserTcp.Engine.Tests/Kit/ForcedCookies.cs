using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// With USERTCP_TEST_SYN_COOKIES=always in the environment, every listener of the tests answers with SYN cookies.
/// Exceptions are tests that set the mode themselves, and those with the trait SynCookies=never: tests of half-open
/// connections, and of what a cookie does not keep (window scale and SACK without timestamps, the exact MSS, the first
/// RTT sample).
/// </summary>
internal static class ForcedCookies
{
    private const string Trait = "SynCookies";

    public static bool AreOn =>
        Environment.GetEnvironmentVariable("USERTCP_TEST_SYN_COOKIES") == "always" &&
        TestContext.Current.Test?.Traits.TryGetValue(Trait, out _) is not true;

    /// <summary>Sets the mode: that of the test, or the forced one if the test leaves the default.</summary>
    public static EngineOptions Apply(EngineOptions options, SynCookieMode? mode = null)
    {
        if (mode is { } wanted)
            options.SynCookies = wanted;
        else if (options.SynCookies == SynCookieMode.UnderPressure && AreOn)
            options.SynCookies = SynCookieMode.Always;
        return options;
    }
}
