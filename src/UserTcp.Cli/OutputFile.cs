using UserTcp.Tun;

namespace UserTcp.Cli;

/// <summary>Checks files and folders that a command will write, before it does anything else.</summary>
internal static class OutputFile
{
    private const int TypeMask = 0xF000; // S_IFMT
    private const int RegularType = 0x8000; // S_IFREG

    /// <summary>
    /// Checks that a file can be written. A file that exists keeps its content, and a new one is removed. A FIFO or a
    /// device is not opened: its reader would see the end of the data.
    /// </summary>
    /// <exception cref="CommandException">It cannot.</exception>
    public static void Check(string option, string path)
    {
        if (Directory.Exists(path))
            throw Refusal(option, $"'{path}' is a folder: name a file in it");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw Refusal(option, $"the folder '{folder}' does not exist: make it, or name another");
        var isNew = !File.Exists(path);
        try
        {
            if (!isNew && !IsRegular(path))
                return;
            File.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
            if (isNew)
                File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refusal(option, $"'{path}' cannot be written: {Reason(exception)}");
        }
    }

    /// <summary>Makes a folder where there is none.</summary>
    /// <exception cref="CommandException">It cannot be made.</exception>
    public static void MakeFolder(string option, string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refusal(
                option,
                File.Exists(path)
                    ? $"'{path}' is a file: name a folder"
                    : $"'{path}' cannot be made: {Reason(exception)}");
        }
    }

    /// <summary>False for what no path names, such as the pipe behind /dev/fd/63.</summary>
    private static bool IsRegular(string path) =>
        FileStatus.TryGet(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path, out var mode, out _)
        && (mode & TypeMask) == RegularType;

    private static string Reason(Exception exception) =>
        exception is UnauthorizedAccessException ? "permission denied" : exception.Message;

    private static CommandException Refusal(string option, string problem) =>
        new(ExitCode.CannotCreate, $"{option}: {problem}");
}
