using System.CommandLine;
using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;
using UserTcp.Cli.Plotting;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp plot`: a picture of a connection, from its events.</summary>
internal static class PlotCommand
{
    private static readonly Argument<string> Input = new("FILE")
    {
        Description = "The output of 'usertcp watch --all --json'; - for standard input",
    };

    private static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = "Write the picture to this file, instead of standard output",
        HelpName = "FILE",
    };

    private static readonly Option<string> View = CheckedOptions.Choice(
        "--view", "Data over time, or each segment between both ends", "sequence", "ladder");

    private static readonly Option<int?> Connection = CheckedOptions.Number(
        "--connection", [], "Which connection, in the order of their first events (default: the one with most events)",
        1, int.MaxValue);

    private static readonly Option<string> Direction = CheckedOptions.Choice(
        "--direction", "Whose data a sequence view shows: ours, or the peer's", "out", "in");

    private static readonly Option<int?> Width = CheckedOptions.Number(
        "--width", [], "Width in pixels (default 1000)", LadderPictureOptions.MinWidth, LadderPictureOptions.MaxWidth);

    public static Command Create()
    {
        var command = new DetailedCommand(
            "plot", "Draw a connection as an SVG picture",
            """
            The sequence view is tcptrace's: bars for segments, R for retransmissions, lines for the ACKs and
            for the edge of the window, ticks for duplicate ACKs, SACK blocks, and crosses for lost frames.
            Below, on the same time axis: what limits the sender, the recovery, cwnd, ssthresh and pipe, the
            RTT and RTO, and the window. The ladder view shows each segment between both ends, its reason,
            and the states.

            Example:
              usertcp watch --all --json -c 500 | usertcp plot - -o sequence.svg
            """)
        {
            Input, Output, View, Connection, Direction, Width,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var output = parsed.GetValue(Output);
        if (output is not null)
            OutputFile.Check(Output.Name, output);
        var events = Choose(EventFile.Load(Input.Name, parsed.GetValue(Input)!), parsed.GetValue(Connection));
        var width = parsed.GetValue(Width) ?? new LadderPictureOptions().Width;
        var picture = parsed.GetValue(View) == "ladder"
            ? LadderPicture.Draw(events, new LadderPictureOptions { Width = width })
            : TimeSequencePicture.Draw(events, new TimeSequenceOptions
            {
                Width = width,
                Direction = parsed.GetValue(Direction) == "in" ? DataDirection.In : DataDirection.Out,
            });
        if (output is null)
            Console.Out.Write(picture);
        else
            File.WriteAllText(output, picture);
        return ExitCode.Success;
    }

    /// <summary>The events of one connection.</summary>
    private static ExplainedEvent[] Choose(IReadOnlyList<ExplainedEvent> events, int? number)
    {
        var connections = events.Where(one => one.Event.Kind != TraceEventKind.Gap)
            .GroupBy(one => one.Event.Tuple)
            .Where(group => group.Any(one => one.Event.Kind == TraceEventKind.Segment))
            .Select(group => group.ToArray()).ToArray();
        if (connections.Length == 0)
            throw new CommandException(ExitCode.Failure, "there are no segments to draw");
        if (number > connections.Length)
        {
            throw new CommandException(ExitCode.Failure, string.Create(
                CultureInfo.InvariantCulture, $"--connection: there are {connections.Length} connections"));
        }

        return number is { } one ? connections[one - 1] : connections.MaxBy(list => list.Length)!;
    }
}
