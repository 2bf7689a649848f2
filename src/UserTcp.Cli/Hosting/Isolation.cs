using System.Diagnostics;
using UserTcp.Tun;

namespace UserTcp.Cli.Hosting;

/// <summary>
/// Runs this very command again in a network namespace of its own, so that nothing it does can be seen outside. The process is
/// replaced, not wrapped; everything vanishes with it.
/// </summary>
internal static class Isolation
{
    private const string Marker = "USERTCP_ISOLATED";
    private const string Unshare = "unshare";

    /// <summary>Returns only inside the namespace, with the loopback interface up.</summary>
    public static void Enter()
    {
        if (Environment.GetEnvironmentVariable(Marker) is not null)
        {
            Environment.SetEnvironmentVariable(Marker, null);
            NetworkNamespace.BringUpLoopback();
            return;
        }

        var unshare = Programs.Find(Unshare) ??
            throw new CommandException(ExitCode.DeviceMissing, "'unshare' is missing: sudo apt-get install util-linux");
        // root needs no user namespace, and would lose its other identities in one.
        var flags = Environment.IsPrivilegedProcess ? "-n" : "-Urn";
        CheckNamespaces(unshare, flags);
        ProcessImage.Execute(unshare, [flags, "--", .. OwnCommandLine()], new Dictionary<string, string> { [Marker] = "1" });
    }

    private static void CheckNamespaces(string unshare, string flags)
    {
        var probe = new ProcessStartInfo(unshare, [flags, "--", "true"]) { RedirectStandardError = true };
        using var process = Process.Start(probe)!;
        var error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new CommandException(
                ExitCode.NotPermitted,
                $"this user may not make namespaces ({error}). Run as root, or allow it: sudo sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0");
        }
    }

    /// <summary>The program and all its arguments. Where `dotnet` is the process, the first argument is the path of the assembly.</summary>
    private static IEnumerable<string> OwnCommandLine()
    {
        yield return Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            yield return Environment.GetCommandLineArgs()[0];
        foreach (var argument in Environment.GetCommandLineArgs().Skip(1))
            yield return argument;
    }
}
