using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;

namespace UserTcp.Cli.Plotting;

/// <summary>Events in a file, or on standard input.</summary>
internal static class EventFile
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Reads the JSON lines of <c>usertcp watch --json</c>.</summary>
    /// <param name="argument">What names the file on the command line.</param>
    /// <param name="path">The file, or <see cref="StandardInput"/>.</param>
    /// <exception cref="CommandException">It cannot be read, or has other content.</exception>
    public static IReadOnlyList<ExplainedEvent> Load(string argument, string path)
    {
        try
        {
            if (path == StandardInput)
                return EventJsonReader.Read(Console.In);
            using var reader = InputFile.Open(argument, path);
            return EventJsonReader.Read(reader);
        }
        catch (FormatException exception)
        {
            throw new CommandException(
                ExitCode.Configuration,
                $"{argument}: '{path}' is not the output of 'watch --json': {exception.Message}");
        }
    }
}
