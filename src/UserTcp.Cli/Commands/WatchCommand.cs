using System.CommandLine;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Control;
using UserTcp.Cli.Filters;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp watch`: the events of a running stack, with their reasons.</summary>
internal static class WatchCommand
{
    private const int BufferLength = 64 * 1024;

    private static readonly Option<int?> Count = CheckedOptions.Number(
        "--count", ["-c"], "Stop after that many events", 1, int.MaxValue);

    private static readonly Option<bool> Json = new("--json") { Description = "A JSON object for each event" };

    private static readonly Option<bool> JsonSequence = new("--json-seq")
    {
        Description = "The same as a JSON text sequence (RFC 7464) in the manner of qlog",
    };

    private static readonly Option<bool> AsLadder = new("--ladder")
    {
        Description = "Ladders instead of lines: both ends' states, with an arrow for each segment",
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
        Description = "Also timers, user calls, states, and what limits the sender",
    };

    private static readonly Option<string[]> WantedReasons = CheckedOptions.List(
        "--reason", "NAME[,NAME]", "Only events with one of these reasons (docs/reasons.md)",
        "a reason, such as DuplicateAck",
        static name => Enum.TryParse<ReasonId>(name, ignoreCase: true, out _) && !char.IsAsciiDigit(name[0]))
        .CompletedBy(Enum.GetNames<ReasonId>());

    private static readonly Option<string> MinSeverity = CheckedOptions.Choice(
        "--severity", "Only events of this severity and above", "normal", "note", "warning", "error");

    public static Command Create()
    {
        var stack = StackChoice.Option();
        var filter = new FilterArguments();
        var style = new StyleOptions();
        var command = new DetailedCommand(
            "watch", "Print every segment of a running stack, with its reason",
            $"""
            Of the 'usertcp up' of this user, or of the lab around this command, until it stops, or is
            interrupted, or --count events have passed. Exits with 1 when the stack fails or is killed. Each
            event has a number; '#' before a sequence number says that it is absolute. Making lines leaves
            most of the CPU to the stack. When the rest is too little, a line says how many events were
            missed. The state of a segment is the one after it.
            {FilterArguments.Grammar}

            Examples:
              usertcp lab -- sh -c 'usertcp watch -c 20 sport = :80 & sleep 1; curl -s http://198.18.0.2/; wait'
              usertcp watch --why --severity note
            """)
        {
            Count, stack, AllEvents, Causes, Changes, AsLadder, Json, JsonSequence, WantedReasons, MinSeverity,
        };
        style.AddTo(command);
        filter.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = new WatchRequest
            {
                Filters = filter.Read(parsed),
                Reasons =
                [
                    .. (parsed.GetValue(WantedReasons) ?? [])
                        .Select(static name => Enum.Parse<ReasonId>(name, ignoreCase: true)),
                ],
                Severity = Enum.Parse<Severity>(parsed.GetValue(MinSeverity)!, ignoreCase: true),
                Form = FormOf(parsed),
                SaysEnd = true,
                Count = parsed.GetValue(Count),
                Style = style.Read(parsed) with
                {
                    Causes = parsed.GetValue(Causes),
                    Changes = parsed.GetValue(Changes),
                    AllEvents = parsed.GetValue(AllEvents),
                },
            };
            return RunAsync(parsed.GetValue(stack), request, cancellationToken);
        });
        command.Validators.Add(result =>
        {
            var forms = new[] { AsLadder, Json, JsonSequence }.Where(form => result.GetValue(form)).ToArray();
            if (forms.Length > 1)
                result.AddError($"{forms[0].Name} excludes {forms[1].Name}: choose one form");
        });
        return command;
    }

    private static EventForm FormOf(ParseResult parsed) =>
        parsed.GetValue(AsLadder) ? EventForm.Ladder
        : parsed.GetValue(Json) ? EventForm.Json
        : parsed.GetValue(JsonSequence) ? EventForm.JsonSequence
        : EventForm.Lines;

    private static async Task<int> RunAsync(
        string? stack, WatchRequest request, CancellationToken cancellationToken)
    {
        using var client = await StackChoice.ConnectAsync(stack, cancellationToken);
        var notice = await client.GetAsync("/stack", ControlJson.Default.StackNotice, cancellationToken);
        using var events = await client.WatchAsync(request, cancellationToken);
        await using var output = OpenOutput();
        var bytes = new byte[BufferLength];
        var length = Encoding.UTF8.GetBytes(FirstLine(notice, request.Form) + "\n", bytes);
        while (length > 0)
        {
            try
            {
                await output.WriteAsync(bytes.AsMemory(0, length), cancellationToken);
            }
            catch (IOException)
            {
                // The reader of the pipe has closed it, as head does.
                return ExitCode.Success;
            }

            length = await events.ReadAsync(bytes, cancellationToken);
        }

        if (events.HasStackFailed)
            throw new CommandException(ExitCode.Failure, "the stack has failed");
        if (events.HasStackStopped)
            await Console.Error.WriteLineAsync($"{CommandTree.Name}: the stack has stopped");
        return ExitCode.Success;
    }

    private static string FirstLine(StackNotice notice, EventForm form)
    {
        var name = $"{notice.Device} of process {notice.Pid}: {string.Join(", ", notice.Addresses)}";
        return form switch
        {
            EventForm.Json => JsonSerializer.Serialize(notice, ControlJson.Default.StackNotice),
            EventForm.JsonSequence => EventSequence.Header(name),
            _ => $"-- {name}",
        };
    }

    /// <summary>
    /// Standard output. A pipe is opened by its descriptor: the console hides that the reader has gone.
    /// </summary>
    private static Stream OpenOutput()
    {
        const int StandardOutput = 1;
        if (!Console.IsOutputRedirected)
            return Console.OpenStandardOutput();
        var stream = new FileStream(
            new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }
}
