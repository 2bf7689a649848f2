using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UserTcp.Cli;

/// <summary>Sends a signal to a child process.</summary>
internal static partial class Signals
{
    private const int SigTerm = 15;

    /// <summary>Sends SIGTERM, for which .NET has no call.</summary>
    public static void Terminate(Process child)
    {
        if (!child.HasExited)
            _ = kill(child.Id, SigTerm);
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int sig);
}
