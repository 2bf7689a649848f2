using System.Diagnostics;

namespace UserTcp.Cli;

/// <summary>Sends a signal to a process that we started.</summary>
internal static class Signals
{
    /// <summary>SIGTERM, which the framework has no call for; the kill program is everywhere.</summary>
    public static void Terminate(Process child)
    {
        if (child.HasExited)
            return;
        using var kill = Process.Start(Programs.Find("kill") ?? "kill", ["-TERM", child.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
