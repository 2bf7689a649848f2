namespace UserTcp.Hosting;

/// <summary>
/// The log of TLS keys that this process writes. .NET writes one only when the user has named the file with the
/// variable, and the process has set the switch.
/// </summary>
internal static class TlsKeys
{
    /// <summary>The variable that names the file, as in browsers and curl.</summary>
    public const string Variable = "SSLKEYLOGFILE";

    /// <summary>The switch of System.Net.Security, false unless set.</summary>
    public const string Switch = "System.Net.EnableSslKeyLogging";

    /// <summary>The file; null when this process logs no keys.</summary>
    public static string? FindLog() =>
        AppContext.TryGetSwitch(Switch, out var isOn) && isOn
            && Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path
            ? path
            : null;
}
