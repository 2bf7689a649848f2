using UserTcp.Tun;

namespace UserTcp.Cli.Hosting;

/// <summary>
/// Runs this program again in a network namespace of its own, where nothing that it does is visible outside. unshare(1)
/// replaces the process, and the namespace ends with it.
/// </summary>
internal static class Isolation
{
    /// <summary>Starts a container that may create a network namespace with a TUN device.</summary>
    public const string ContainerCommand =
        "docker run --cap-add NET_ADMIN --cap-add SYS_ADMIN --device /dev/net/tun ...";

    private const string Marker = "USERTCP_ISOLATED";
    private const string Program = "unshare";
    private static readonly string[] ContainerSigns = ["/.dockerenv", "/run/.containerenv"];

    /// <summary>True inside the namespace, until <see cref="Enter"/> returns there.</summary>
    public static bool IsInside => Environment.GetEnvironmentVariable(Marker) is not null;

    /// <summary>True in a container of Docker or Podman.</summary>
    public static bool IsContainer =>
        ContainerSigns.Any(File.Exists) || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("container"));

    /// <summary>How to get what <see cref="Enter"/> needs.</summary>
    public static string Advice => IsContainer
        ? $"start the container with: {ContainerCommand}"
        : "run as root, or allow user namespaces: sudo sysctl user.max_user_namespaces=15000 "
            + "kernel.unprivileged_userns_clone=1, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0";

    /// <summary>Returns only inside the namespace, with the loopback interface up.</summary>
    /// <param name="published">A socket that the program keeps from outside of the namespace; null for none.</param>
    public static void Enter(PublishedPort? published = null)
    {
        if (Environment.GetEnvironmentVariable(Marker) is not null)
        {
            Environment.SetEnvironmentVariable(Marker, null);
            NetworkNamespace.BringUpLoopback();
            return;
        }

        if (FindCommand(out var problem) is not { } command)
            throw new CommandException(ExitCode.NotPermitted, $"{problem}: {Advice}");
        ProcessImage.Execute(
            command[0], [.. command[1..], .. OwnCommandLine(Environment.GetCommandLineArgs().Skip(1))],
            new Dictionary<string, string>(published?.Inherit() ?? []) { [Marker] = "1" });
    }

    /// <summary>
    /// Runs this program in a namespace, as <see cref="Enter"/> does, but as a child and with other arguments.
    /// </summary>
    /// <param name="command">The result of <see cref="FindCommand"/>.</param>
    /// <param name="arguments">The arguments of the child.</param>
    public static (int ExitCode, string Output) RunChild(string[] command, params string[] arguments) =>
        Programs.Run(command[0], [.. command[1..], .. OwnCommandLine(arguments)], (Marker, "1"));

    /// <summary>
    /// The command that gives a program after it a network namespace, or null with the problem. It tries each way
    /// first. With CAP_SYS_ADMIN and CAP_NET_ADMIN a user namespace is not needed, and root would lose its other
    /// identities in one.
    /// </summary>
    public static string[]? FindCommand(out string problem)
    {
        problem = "";
        if (Programs.Find(Program) is not { } unshare)
        {
            problem = $"'{Program}' is missing (package util-linux)";
            return null;
        }

        var capabilities = Capabilities.Effective();
        if (capabilities.HasNetAdmin && capabilities.HasSysAdmin
            && Programs.Run(unshare, ["-n", "--", "true"]).ExitCode == 0)
        {
            return [unshare, "-n", "--"];
        }

        var (exitCode, output) = Programs.Run(unshare, ["-Urn", "--", "true"]);
        if (exitCode == 0)
            return [unshare, "-Urn", "--"];
        problem = output.Contains("No space left", StringComparison.Ordinal)
            ? "this user may not make network namespaces: the limit user.max_user_namespaces is reached"
            : $"this user may not make network namespaces ({output.Split('\n')[^1]})";
        return null;
    }

    /// <summary>This program with arguments, whether `dotnet` started it or not.</summary>
    public static IEnumerable<string> OwnCommandLine(IEnumerable<string> arguments)
    {
        yield return Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            yield return Environment.GetCommandLineArgs()[0];
        foreach (var argument in arguments)
            yield return argument;
    }
}
