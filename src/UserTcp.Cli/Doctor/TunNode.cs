namespace UserTcp.Cli.Doctor;

/// <summary>The clone device of TUN interfaces.</summary>
internal static class TunNode
{
    public const string Path = "/dev/net/tun";

    /// <summary>Why the node at a path cannot be opened, or null. Opening it needs no capability.</summary>
    public static string? FindProblem(string path = Path)
    {
        if (!File.Exists(path))
            return $"{path} is missing";
        try
        {
            using var node = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be opened ({(exception is IOException ? exception.Message : "permission denied")})";
        }
    }
}
