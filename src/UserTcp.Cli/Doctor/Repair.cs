using System.Diagnostics;
using UserTcp.Cli.Hosting;

namespace UserTcp.Cli.Doctor;

/// <summary>
/// The repairs of `usertcp doctor --fix` as root: the TUN node, and the packages of missing programs.
/// </summary>
internal static class Repair
{
    /// <summary>udev gives the node this mode: opening it permits nothing by itself.</summary>
    private const UnixFileMode OpenToAll = (UnixFileMode)0b110_110_110;

    /// <summary>Does what can be done, and says what it did.</summary>
    public static void Run(TextWriter output)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            output.WriteLine("fix: nothing done: only root may: sudo usertcp doctor --fix");
            return;
        }

        var said = FixNode().Concat(InstallPackages()).Select(words => $"fix: {words}").ToList();
        foreach (var line in said.DefaultIfEmpty("fix: nothing to do"))
            output.WriteLine(line);
    }

    private static IEnumerable<string> FixNode()
    {
        if (!File.Exists(TunNode.Path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(TunNode.Path)!);
            var (exitCode, error) = Programs.Run("mknod", [TunNode.Path, "c", "10", "200"]);
            if (exitCode != 0)
            {
                yield return $"{TunNode.Path} cannot be made ({error}); in a container, start it with: "
                    + $"{Isolation.ContainerCommand}";
                yield break;
            }

            yield return $"made {TunNode.Path}";
        }

        if ((File.GetUnixFileMode(TunNode.Path) & OpenToAll) != OpenToAll)
        {
            File.SetUnixFileMode(TunNode.Path, OpenToAll);
            yield return $"let all users open {TunNode.Path} (mode 0666)";
        }

        if (TunNode.FindProblem() is not null && Programs.Find("modprobe") is { } modprobe
            && Programs.Run(modprobe, ["tun"]).ExitCode == 0)
        {
            yield return "loaded the kernel module tun";
        }
    }

    private static IEnumerable<string> InstallPackages()
    {
        string[] packages = [.. NeededProgram.All.Where(program => program.FindProblem() is not null)
            .Select(program => program.Package)
            .Distinct()];
        if (packages.Length == 0)
            yield break;
        var names = string.Join(' ', packages);
        if (Programs.Find("apt-get") is not { } apt)
        {
            yield return $"there is no apt-get: install these by the system's own package manager: {names}";
            yield break;
        }

        var isInstalled = Apt(apt, "update", "-q")
            && Apt(apt, ["install", "-q", "-y", "--no-install-recommends", .. packages]);
        yield return isInstalled ? $"installed {names}" : $"apt-get failed to install {names}: see its messages above";
    }

    /// <summary>Runs apt-get, which takes long, and shows its output on standard error.</summary>
    private static bool Apt(string apt, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >&2 </dev/null", "sh", apt, .. arguments]);
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
