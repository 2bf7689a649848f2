using System.Globalization;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// A world-readable copy of the built command with its own home and TUN node, to run as an unprivileged user. The
/// machine's node is not changed.
/// </summary>
internal sealed class PublicProgram : IDisposable
{
    public const int Nobody = 65_534;

    private readonly TemporaryFolder _folder = new();

    public PublicProgram()
    {
        Need.Root();
        _folder.Open();
        Directory.CreateDirectory(_folder["program"]);
        // Tmds.LibC lies in a subfolder, one file for each architecture.
        foreach (var file in Directory.EnumerateFiles(UserTcpCommand.Folder, "*", SearchOption.AllDirectories)
            .Where(IsNeeded))
        {
            var copy = Path.Combine(_folder["program"], Path.GetRelativePath(UserTcpCommand.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>A folder for all users: home, temporary files.</summary>
    public string Home => _folder.Path;

    /// <summary>Runs the command as an unprivileged user, with a node that all users or none may open.</summary>
    public ChildOptions As(int user, bool nodeIsOpen, params string[] arguments)
    {
        var id = user.ToString(CultureInfo.InvariantCulture);
        var mode = nodeIsOpen ? "666" : "600";
        // A mount namespace confines the node to this child.
        var script =
            $"""
            mknod -m {mode} "$HOME/tun" c 10 200 && mount --bind "$HOME/tun" /dev/net/tun && rm "$HOME/tun" &&
            exec setpriv --reuid={id} --regid={id} --clear-groups --no-new-privs dotnet "$HOME/program/UserTcp.Cli.dll" "$@"
            """;
        return new ChildOptions("unshare", ["-m", "sh", "-c", script, "sh", .. arguments])
        {
            Environment = new()
            {
                ["HOME"] = Home,
                ["TMPDIR"] = Home,
                ["XDG_RUNTIME_DIR"] = null,
                ["USERTCP_CONTROL"] = null,
                // A program that only changes the user id keeps this.
                ["USER"] = "root",
                ["LOGNAME"] = "root",
                ["DOTNET_EnableDiagnostics"] = "0",
            },
            Folder = Home,
        };
    }

    public void Dispose() => _folder.Dispose();

    private static bool IsNeeded(string file) =>
        Path.GetExtension(file) is ".dll" or ".json"
        && !Path.GetFileName(file).StartsWith("xunit", StringComparison.Ordinal);
}
