using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// With USERTCP_TEST_SYN_COOKIES=always in the environment every listener of the tests answers by SYN cookies. Not where a test says which
/// mode it is about, or has the trait SynCookies=never: for half-open connections, and for what a cookie does not keep (window scale and
/// SACK without timestamps, an MSS to the byte, the first round trip).
/// </summary>
internal static class ForcedCookies
{
    private const string Trait = "SynCookies";

    public static bool AreOn =>
        Environment.GetEnvironmentVariable("USERTCP_TEST_SYN_COOKIES") == "always" &&
        TestContext.Current.Test?.Traits.TryGetValue(Trait, out _) is not true;

    /// <summary>Sets the mode: the one that a test is about, or the forced one where it leaves the default.</summary>
    public static EngineOptions Apply(EngineOptions options, SynCookieMode? mode = null)
    {
        if (mode is { } wanted)
            options.SynCookies = wanted;
        else if (options.SynCookies == SynCookieMode.UnderPressure && AreOn)
            options.SynCookies = SynCookieMode.Always;
        return options;
    }
}
