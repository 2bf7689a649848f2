using System.CommandLine;
using System.Globalization;
using UserTcp.Capture.Pictures;
using UserTcp.Cli.Control;
using UserTcp.Cli.Explaining;
using UserTcp.Cli.Plotting;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp plot`: a picture of a connection, from its events or from a capture.</summary>
internal static class PlotCommand
{
    /// <summary>The word for a running stack, in place of a file.</summary>
    private const string Live = "live";

    private static readonly Argument<string> Input = new("FILE")
    {
        Description = "A pcap or pcapng file, or the output of 'usertcp watch --all --json'; - for standard input; "
            + $"{Live} for a running stack",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = "Write the picture to this file, instead of standard output",
        HelpName = "FILE",
    };

    private static readonly Option<string> View = CheckedOptions.Choice(
        "--view", "Data over time, or each segment between both ends", "sequence", "ladder");

    private static readonly Option<int?> Connection = CheckedOptions.Number(
        "--connection", [], "Which connection, by its number (default: the one with most events)", 1, int.MaxValue);

    private static readonly Option<string> Direction = CheckedOptions.Choice(
        "--direction", "Whose data a sequence view shows: ours, or the peer's", "out", "in");

    private static readonly Option<int?> Width = CheckedOptions.Number(
        "--width", [], "Width in pixels (default 1000)", LadderPictureOptions.MinWidth, LadderPictureOptions.MaxWidth);

    private static readonly Option<TimeSpan?> Time = CheckedOptions.Seconds(
        "--for", [], $"How long '{Live}' collects events (default until Ctrl-C)");

    private static readonly Option<string?> Side = SideOption.Create();

    private static readonly Option<bool> Infer = new("--infer")
    {
        Description = "Infer all from the packets, also where a stack has recorded it",
    };

    public static Command Create()
    {
        var stack = StackChoice.Option();
        var command = new DetailedCommand(
            "plot", "Draw a connection as an SVG picture",
            """
            The sequence view is tcptrace's: bars for segments, R for retransmissions, lines for the ACKs and
            for the edge of the window, ticks for duplicate ACKs, SACK blocks, and crosses for lost frames.
            Below, on the same time axis: what limits the sender, the recovery, cwnd, ssthresh and pipe, the
            RTT and RTO, and the window. The ladder view shows each segment between both ends, its reason,
            and the states. A capture of 'up' or 'lab' has all of it; of the capture of another program the
            picture shows what the packets show, so neither cwnd nor RTO.

            Examples:
              usertcp plot trace.pcapng -o sequence.svg
              usertcp plot live --for 5 -o sequence.svg
              usertcp watch --all --json -c 500 | usertcp plot - --view ladder -o ladder.svg
            """)
        {
            Input, Output, View, Connection, Direction, Width, Side, Infer, Time, stack,
        };
        Input.CompletionSources.Clear();
        Input.CompletionSources.Add(Live);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, parsed.GetValue(stack), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, string? stack, CancellationToken cancellationToken)
    {
        var output = parsed.GetValue(Output);
        if (output is not null)
            OutputFile.Check(Output.Name, output);
        var path = parsed.GetValue(Input)!;
        IReadOnlyList<PlottedConnection> connections;
        var code = ExitCode.Success;
        if (path == Live)
        {
            using var interruption = new Interruption(cancellationToken);
            connections = await LiveEvents.CollectAsync(stack, parsed.GetValue(Time), interruption.Token);
        }
        else
        {
            var choice = new ConversationChoice(connection: null, parsed.GetValue(Side), filters: []);
            (connections, code) = EventFile.Load(
                Input.Name, path, choice, parsed.GetValue(Infer), cancellationToken);
        }

        var picture = Draw(parsed, Choose(connections, parsed.GetValue(Connection)));
        if (output is null)
            await Console.Out.WriteAsync(picture);
        else
            await File.WriteAllTextAsync(output, picture, CancellationToken.None);
        return code;
    }

    private static string Draw(ParseResult parsed, PlottedConnection connection)
    {
        var width = parsed.GetValue(Width) ?? new LadderPictureOptions().Width;
        return parsed.GetValue(View) == "ladder"
            ? LadderPicture.Draw(connection.Events, new LadderPictureOptions { Width = width })
            : TimeSequencePicture.Draw(connection.Events, new TimeSequenceOptions
            {
                Width = width,
                Direction = parsed.GetValue(Direction) == "in" ? DataDirection.In : DataDirection.Out,
            });
    }

    private static PlottedConnection Choose(IReadOnlyList<PlottedConnection> connections, int? number)
    {
        if (connections.Count == 0)
            throw new CommandException(ExitCode.Failure, "there are no segments to draw");
        if (number is null)
            return connections.MaxBy(one => one.Events.Count)!;
        return connections.FirstOrDefault(one => one.Number == number)
            ?? throw new CommandException(ExitCode.Failure, string.Create(
                CultureInfo.InvariantCulture, $"--connection: there are {connections.Count} connections"));
    }
}
