using System.CommandLine;
using UserTcp.Capture;
using UserTcp.Cli.Explaining;
using UserTcp.Cli.Filters;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp explain`: the TCP conversations of a capture file, explained.</summary>
internal static class ExplainCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "A pcap or pcapng file; - for input" };

    private static readonly Option<string?> Connection = new("--connection")
    {
        Description = "One conversation, by its number, or those with that ADDRESS:PORT",
        HelpName = "N|ADDRESS:PORT",
    };

    private static readonly Option<bool> Summary = new("--summary") { Description = "The summaries only" };

    private static readonly Option<bool> Json = new("--json") { Description = "A JSON object for each line" };

    private static readonly Option<string?> Side = SideOption.Create();

    private static readonly Option<int?> Count = CheckedOptions.Number(
        "--count", ["-c"], "Print that many events of each conversation", 1, int.MaxValue);

    private static readonly Option<bool> Infer = new("--infer")
    {
        Description = "Infer all from the packets, also where a stack has recorded it",
    };

    private static readonly Option<bool> Causes = new("--why")
    {
        Description = "Below each retransmission its causes, back to the lost frame",
    };

    private static readonly Option<bool> Changes = new("--changes")
    {
        Description = "Below each event what it changed",
    };

    private static readonly Option<bool> AllEvents = new("--all", "-a")
    {
        Description = "Also recorded timers, user calls, states, and what limits the sender",
    };

    public static Command Create()
    {
        var filter = new FilterArguments();
        var style = new StyleOptions();
        var command = new DetailedCommand(
            "explain", "Explain the TCP conversations of a capture file, of any two hosts",
            $"""
            Reads pcap and pcapng, as tcpdump and Wireshark write them. For each conversation: what limited
            it, what was lost and why, RTT and goodput; then a line for each segment, with what it means to
            one end. The first line says where the words come from: a capture of 'up' or 'lab' has the
            events that the stack itself has recorded, with the reasons of 'watch'. All others are inferred
            from what passed the capture point.
            {FilterArguments.Grammar}
            The state is the last one of the end that is us.

            Examples:
              usertcp lab --capture lab.pcapng -- curl -s http://198.18.0.2/
              usertcp explain lab.pcapng
              usertcp explain lab.pcapng --summary sport = :80
            """)
        {
            File, Connection, Summary, Json, Side, Count, Infer, AllEvents, Causes, Changes,
        };
        style.AddTo(command);
        File.CompletionSources.Clear();
        AddValidator();
        filter.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(
            parsed,
            new ConversationChoice(parsed.GetValue(Connection), parsed.GetValue(Side), filter.Read(parsed)),
            style.Read(parsed) with
            {
                Causes = parsed.GetValue(Causes),
                Changes = parsed.GetValue(Changes),
                AllEvents = parsed.GetValue(AllEvents),
            },
            cancellationToken)));
        return command;
    }

    private static void AddValidator()
    {
        Connection.Validators.Add(result =>
        {
            var text = result.Tokens is [var token, ..] ? token.Value : "";
            if (!ConversationChoice.IsConnection(text))
                result.AddError($"--connection: '{text}' is neither a number nor ADDRESS:PORT");
        });
    }

    private static int Run(
        ParseResult parsed, ConversationChoice choice, LineStyle style, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(File)!;
        using var stream = InputFile.OpenBytes("FILE", name);
        var file = new CapturedFile(name, stream, parsed.GetValue(Infer), cancellationToken);
        using var output = StandardOutput.Open();
        try
        {
            IExplanationWriter writer = parsed.GetValue(Json)
                ? new JsonExplanation(output, style)
                : new PlainExplanation(output, style);
            Write(writer, choice, file, parsed.GetValue(Summary) ? 0 : parsed.GetValue(Count) ?? int.MaxValue);
            output.Flush();
        }
        catch (IOException)
        {
            // The reader of the pipe has closed it, as head does.
        }

        return file.Report();
    }

    private static void Write(IExplanationWriter writer, ConversationChoice choice, CapturedFile file, int count)
    {
        var isFirst = true;
        foreach (var conversation in file.Conversations(choice))
        {
            if (isFirst)
                writer.Begin(file);
            isFirst = false;
            writer.Begin(conversation);
            var left = count;
            foreach (var explained in conversation.Events)
            {
                if (left == 0)
                    break;
                if (writer.Write(explained))
                    left--;
            }
        }
    }
}
