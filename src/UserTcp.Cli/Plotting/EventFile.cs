using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;
using UserTcp.Capture.Reading;
using UserTcp.Cli.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Plotting;

/// <summary>The connections of a file of events, or of a capture.</summary>
internal static class EventFile
{
    /// <summary>Reads a capture, or the JSON lines of <c>usertcp watch --json</c>: its first bytes say which.</summary>
    /// <param name="argument">What names the file on the command line.</param>
    /// <param name="path">The file; "-" for standard input.</param>
    /// <param name="choice">Which conversations of a capture, and whose side.</param>
    /// <param name="infers">Leave out the events of a stack.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="CommandException">It cannot be read, or has other content.</exception>
    /// <returns>The connections, and the exit code: a broken capture is read up to where it breaks.</returns>
    public static (IReadOnlyList<PlottedConnection> Connections, int ExitCode) Load(
        string argument, string path, ConversationChoice choice, bool infers, CancellationToken cancellationToken)
    {
        using var stream = new PeekedStream(InputFile.OpenBytes(argument, path));
        if (CaptureReader.IsCapture(stream.Peek(sizeof(uint))))
        {
            var file = new CapturedFile(path, stream, infers, cancellationToken);
            IReadOnlyList<PlottedConnection> connections =
            [
                .. file.Conversations(choice).Select(one => new PlottedConnection(one.Number, [.. one.Events])),
            ];
            return (connections, file.Report());
        }

        try
        {
            using var reader = new StreamReader(stream);
            return (Group(EventJsonReader.Read(reader)), ExitCode.Success);
        }
        catch (FormatException exception)
        {
            throw new CommandException(
                ExitCode.Configuration,
                $"{argument}: '{path}' is neither a capture nor the output of 'watch --json': {exception.Message}");
        }
    }

    /// <summary>The connections in the order of their first events.</summary>
    public static IReadOnlyList<PlottedConnection> Group(IReadOnlyList<ExplainedEvent> events) =>
    [
        .. events.Where(one => one.Event.Kind != TraceEventKind.Gap)
            .GroupBy(one => one.Event.Tuple)
            .Where(group => group.Any(one => one.Event.Kind == TraceEventKind.Segment))
            .Select((group, index) => new PlottedConnection(index + 1, [.. group])),
    ];
}

/// <summary>A connection to draw.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Events">Its events.</param>
internal sealed record PlottedConnection(int Number, IReadOnlyList<ExplainedEvent> Events);
