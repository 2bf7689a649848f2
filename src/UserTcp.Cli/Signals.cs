using System.Diagnostics;
using System.Globalization;

namespace UserTcp.Cli;

/// <summary>Sends a signal to a child process.</summary>
internal static class Signals
{
    /// <summary>
    /// Sends SIGTERM, for which .NET has no call. The shell has kill built in; the program of that name may be missing.
    /// </summary>
    public static void Terminate(Process child)
    {
        if (child.HasExited)
            return;
        using var kill = Process.Start(
            "/bin/sh", ["-c", "kill -TERM \"$1\"", "sh", child.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
