namespace UserTcp.Cli.Hosting;

/// <summary>
/// TLS keys of the services: .NET writes them to the file of SSLKEYLOGFILE, as browsers and curl do, but only when a
/// switch allows it.
/// </summary>
internal static class KeyLogging
{
    /// <summary>The variable that names the file.</summary>
    public const string Variable = "SSLKEYLOGFILE";

    private const string Switch = "System.Net.EnableSslKeyLogging";

    /// <summary>
    /// Allows it when the user has named a file. Comes before the first use of TLS, which reads both.
    /// </summary>
    public static void AllowIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
            AppContext.SetSwitch(Switch, isEnabled: true);
    }
}
