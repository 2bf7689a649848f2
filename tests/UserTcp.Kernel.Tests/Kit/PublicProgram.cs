using System.Globalization;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// A copy of the built command that everybody may read, with a home and a TUN node of its own, to be run as somebody without
/// privileges. The machine's own node is left as it is.
/// </summary>
internal sealed class PublicProgram : IDisposable
{
    public const int Nobody = 65_534;

    private readonly TemporaryFolder _folder = new();

    public PublicProgram()
    {
        _folder.Open();
        Directory.CreateDirectory(_folder["program"]);
        // Tmds.LibC lies in a subfolder, one file for each architecture.
        foreach (var file in Directory.EnumerateFiles(UserTcpCommand.Folder, "*", SearchOption.AllDirectories).Where(IsNeeded))
        {
            var copy = Path.Combine(_folder["program"], Path.GetRelativePath(UserTcpCommand.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Open to everybody: a home, a temporary folder, whatever a test needs.</summary>
    public string Home => _folder.Path;

    /// <summary>The command as a user without any privilege, with a node that is open to everybody or to nobody.</summary>
    public ChildOptions As(int user, bool nodeIsOpen, params string[] arguments)
    {
        var id = user.ToString(CultureInfo.InvariantCulture);
        var mode = nodeIsOpen ? "666" : "600";
        // A mount namespace, so that the node is this child's alone.
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
                // As it stays when a program merely changes the user id.
                ["USER"] = "root",
                ["LOGNAME"] = "root",
                ["DOTNET_EnableDiagnostics"] = "0",
            },
            Folder = Home,
        };
    }

    public void Dispose() => _folder.Dispose();

    private static bool IsNeeded(string file) =>
        Path.GetExtension(file) is ".dll" or ".json" && !Path.GetFileName(file).StartsWith("xunit", StringComparison.Ordinal);
}
