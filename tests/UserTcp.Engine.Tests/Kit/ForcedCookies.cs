namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// With USERTCP_TEST_SYN_COOKIES=always in the environment every listener of the tests answers by SYN cookies, except where a test
/// says which mode it is about.
/// </summary>
internal static class ForcedCookies
{
    public static bool AreOn { get; } = Environment.GetEnvironmentVariable("USERTCP_TEST_SYN_COOKIES") == "always";

    /// <summary>Sets the mode: the one that a test is about, or the forced one where it leaves the default.</summary>
    public static EngineOptions Apply(EngineOptions options, SynCookieMode? mode = null)
    {
        if (mode is { } wanted)
            options.SynCookies = wanted;
        else if (AreOn && options.SynCookies == SynCookieMode.UnderPressure)
            options.SynCookies = SynCookieMode.Always;
        return options;
    }
}
