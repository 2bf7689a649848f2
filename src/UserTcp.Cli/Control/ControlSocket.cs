using System.Globalization;
using System.Net.Sockets;

namespace UserTcp.Cli.Control;

/// <summary>The control socket of a running stack: a Unix socket for this user only, one per process.</summary>
internal static class ControlSocket
{
    /// <summary>
    /// Names the socket for commands that run inside `lab`, or the one folder where sockets are kept and looked for.
    /// </summary>
    public const string Variable = "USERTCP_CONTROL";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The prefix of a folder for one process, when the user's own folder cannot be used.</summary>
    private const string OwnPrefix = "usertcp-control-";

    /// <summary>The path of this process's socket, in a folder that only this user may enter.</summary>
    public static string NewPath()
    {
        var folder = Folders().FirstOrDefault(TryTake) ?? Directory.CreateTempSubdirectory(OwnPrefix).FullName;
        var path = Path.Combine(folder, $"{Environment.ProcessId}.sock");
        // A killed process with the same id has left it behind.
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

    /// <summary>Lets only this user connect.</summary>
    public static void Protect(string path) =>
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Sockets of running stacks, newest first. Removes those of dead processes.</summary>
    public static IReadOnlyList<string> FindRunning()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path && !Directory.Exists(path))
            return [path];
        return [.. Folders().Where(FolderOwner.IsOurs).SelectMany(Sockets)
            .OrderByDescending(file => file.LastWriteTimeUtc)
            .Select(file => file.FullName)
            .Where(Answers)];
    }

    /// <summary>
    /// Creates a folder for this user alone; false when it cannot be created, or belongs to another user.
    /// </summary>
    internal static bool TryTake(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            // root may enter every folder, so only the owner tells whose it is.
            if (!FolderOwner.IsOurs(folder))
                return false;
            File.SetUnixFileMode(folder, OwnerOnly);
            using var probe = File.Create(
                Path.Combine(folder, $"{Environment.ProcessId}.probe"), 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    /// <summary>Folders for this user's sockets, the best one first.</summary>
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
        // A new folder with a random name: no other user can have created it.
        if (UserId.Effective() == 0)
            yield return "/run/usertcp";
        yield return Path.Combine(
            Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"usertcp-{UserId.Effective()}"));
    }

    private static FileInfo[] Sockets(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).GetFiles("*.sock");
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            // It belongs to another user, or is gone.
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
