using System.CommandLine;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;
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

    private static readonly Option<string?> Side = new("--side")
    {
        Description = "Which end is us: A opened the connection, B did not (default B)",
        HelpName = "A|B|ADDRESS",
    };

    private static readonly Option<int?> Count = CheckedOptions.Number(
        "--count", ["-c"], "Print that many segments of each conversation", 1, int.MaxValue);

    public static Command Create()
    {
        var language = CheckedOptions.Choice("--lang", "The language of the sentences", "en", "ko");
        var filter = new FilterArguments();
        var command = new DetailedCommand(
            "explain", "Explain the TCP conversations of a capture file, of any two hosts",
            $"""
            Reads pcap and pcapng, as tcpdump and Wireshark write them. For each conversation: what limited
            it, what was lost and why, RTT and goodput; then a line for each segment, with what it means to
            one end. Everything is inferred from what passed the capture point.
            {FilterArguments.Grammar}
            The state is the last one of the end that is us.

            Examples:
              usertcp lab --capture lab.pcapng -- curl -s http://198.18.0.2/
              usertcp explain lab.pcapng
              usertcp explain lab.pcapng --summary sport = :80
            """)
        {
            File, Connection, Summary, Json, Side, language, Count,
        };
        File.CompletionSources.Clear();
        Side.CompletedBy(["A", "B"]);
        Side.Validators.Add(result =>
        {
            var text = result.Tokens is [var token, ..] ? token.Value : "";
            if (!ConversationChoice.IsSide(text))
                result.AddError($"--side: '{text}' is neither A, B nor an IP address");
        });
        Connection.Validators.Add(result =>
        {
            var text = result.Tokens is [var token, ..] ? token.Value : "";
            if (!ConversationChoice.IsConnection(text))
                result.AddError($"--connection: '{text}' is neither a number nor ADDRESS:PORT");
        });
        filter.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(
            parsed,
            new ConversationChoice(parsed.GetValue(Connection), parsed.GetValue(Side), filter.Read(parsed)),
            parsed.GetValue(language) == "ko" ? Language.Korean : Language.English, cancellationToken)));
        return command;
    }

    private static int Run(
        ParseResult parsed, ConversationChoice choice, Language language, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(File)!;
        using var stream = InputFile.OpenBytes("FILE", name);
        var reader = CaptureReader.Open(stream);
        var conversations = new CapturedConversations();
        while (reader.TryRead(out var packet))
        {
            cancellationToken.ThrowIfCancellationRequested();
            conversations.Add(packet);
        }

        using var output = StandardOutput.Open();
        try
        {
            IExplanationWriter writer = parsed.GetValue(Json)
                ? new JsonExplanation(output, language)
                : new PlainExplanation(output, language);
            Write(writer, choice, conversations, parsed.GetValue(Summary) ? 0 : parsed.GetValue(Count) ?? int.MaxValue);
            output.Flush();
        }
        catch (IOException)
        {
            // The reader of the pipe has closed it, as head does.
        }

        return Report(name, reader, conversations);
    }

    private static void Write(
        IExplanationWriter writer, ConversationChoice choice, CapturedConversations conversations, int count)
    {
        foreach (var conversation in conversations.All)
        {
            if (!choice.MayInclude(conversation))
                continue;
            var us = choice.SideOf(conversation);
            var summary = conversation.Summarize();
            if (!choice.Includes(conversation, us, summary))
                continue;
            writer.Begin(conversation, us, summary);
            foreach (var captured in conversation.Explain(us).Take(count))
                writer.Write(conversation, captured);
        }
    }

    private static int Report(string name, CaptureReader reader, CapturedConversations conversations)
    {
        foreach (var (packets, what) in new[]
        {
            (conversations.CutPackets, "were not captured as a whole: their headers are used"),
            (conversations.UnusablePackets, "were left out: lengths that contradict each other, or cut headers"),
            (conversations.Fragments, "were left out: fragments of IP packets"),
            (conversations.OmittedSegments, "were left out: the capture has too many segments; split the file"),
        })
        {
            if (packets > 0)
                Console.Error.WriteLine($"usertcp: packets of {name} that {what}: {packets}");
        }

        if (reader.Error is { } error)
        {
            Console.Error.WriteLine($"usertcp: {name}: {error}. Packets read before: {reader.Packets}");
            return ExitCode.NoInput;
        }

        if (conversations.All.Count == 0)
            Console.Error.WriteLine($"usertcp: {name} has no TCP segments; packets read: {reader.Packets}");
        return ExitCode.Success;
    }
}
