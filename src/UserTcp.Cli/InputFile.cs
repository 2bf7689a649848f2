namespace UserTcp.Cli;

/// <summary>Opens files that a command line names. One that cannot be read ends the command with EX_NOINPUT.</summary>
internal static class InputFile
{
    /// <param name="option">The option or argument that names the file, for the message.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="CommandException">There is no such file, or it cannot be read.</exception>
    public static StreamReader Open(string option, string path) =>
        Open(option, path, static name => new StreamReader(name));

    /// <summary>Opens a file of bytes; "-" is standard input.</summary>
    /// <param name="option">The option or argument that names the file, for the message.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="CommandException">There is no such file, or it cannot be read.</exception>
    public static Stream OpenBytes(string option, string path) =>
        path == "-" ? Console.OpenStandardInput() : Open(option, path, static name => File.OpenRead(name));

    private static TStream Open<TStream>(string option, string path, Func<string, TStream> open)
    {
        if (Directory.Exists(path))
            throw Refusal($"'{path}' is a folder: name a file in it");
        try
        {
            return open(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Refusal($"there is no file '{path}' (this folder is {Environment.CurrentDirectory})");
        }
        catch (UnauthorizedAccessException)
        {
            throw Refusal($"'{path}' cannot be read: permission denied");
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            throw Refusal($"'{path}' cannot be read: {exception.Message}");
        }

        CommandException Refusal(string problem) => new(ExitCode.NoInput, $"{option}: {problem}");
    }
}
