using System.Globalization;
using System.Net.Sockets;

namespace UserTcp.Cli.Control;

/// <summary>Where a running stack can be asked: a Unix socket of this user's, one per process.</summary>
internal static class ControlSocket
{
    /// <summary>Names the socket for commands that run inside `lab`, or the one folder where sockets are kept and looked for.</summary>
    public const string Variable = "USERTCP_CONTROL";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A folder for one process, where the user's own cannot be had.</summary>
    private const string OwnPrefix = "usertcp-control-";

    /// <summary>The path of this process's socket, in a folder that only this user may enter.</summary>
    public static string NewPath()
    {
        var folder = Folders().FirstOrDefault(TryTake) ?? Directory.CreateTempSubdirectory(OwnPrefix).FullName;
        var path = Path.Combine(folder, $"{Environment.ProcessId}.sock");
        // Left behind by a process that was killed, and had the same number.
        File.Delete(path);
        return path;
    }

    /// <summary>Removes this process's socket.</summary>
    public static void Remove(string path)
    {
        File.Delete(path);
        var folder = Path.GetDirectoryName(path)!;
        if (Path.GetFileName(folder).StartsWith(OwnPrefix, StringComparison.Ordinal))
            Directory.Delete(folder);
    }

    /// <summary>Keeps everybody else out.</summary>
    public static void Protect(string path) => File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Sockets on which somebody answers, newest first; those of dead processes are removed.</summary>
    public static IReadOnlyList<string> FindRunning()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path && !Directory.Exists(path))
            return [path];
        return [.. Folders().Where(FolderOwner.IsOurs).SelectMany(Sockets).OrderByDescending(file => file.LastWriteTimeUtc).Select(file => file.FullName).Where(Answers)];
    }

    /// <summary>Makes a folder this user's alone; false when it is somebody else's, or may not be made.</summary>
    internal static bool TryTake(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            // Root may enter and change any folder, whoever has made it, so that asking is the only way to know.
            if (!FolderOwner.IsOurs(folder))
                return false;
            File.SetUnixFileMode(folder, OwnerOnly);
            using var probe = File.Create(Path.Combine(folder, $"{Environment.ProcessId}.probe"), 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    /// <summary>Where this user's sockets may be, the best place first.</summary>
    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } only && Directory.Exists(only))
        {
            yield return only;
            yield break;
        }

        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        if (!string.IsNullOrEmpty(runtime) && Directory.Exists(runtime))
            yield return Path.Combine(runtime, "usertcp");
        // Where nobody else can have been before.
        if (UserId.Effective() == 0)
            yield return "/run/usertcp";
        yield return Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"usertcp-{UserId.Effective()}"));
    }

    private static FileInfo[] Sockets(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).GetFiles("*.sock");
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            // Somebody else's, or nobody's.
            return [];
        }
    }

    private static bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return false;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
