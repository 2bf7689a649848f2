using System.CommandLine;
using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Control;
using UserTcp.Cli.Filters;
using UserTcp.Cli.Replaying;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp replay`: a recording of a stack, run again.</summary>
internal static class ReplayCommand
{
    private static readonly Argument<string> File = new("FILE")
    {
        Description = "A recording, as up --record and lab --record write it; - for input",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "A JSON object for each event" };

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

    private static readonly Option<bool> AsLadder = new("--ladder") { Description = "A ladder for each connection" };

    private static readonly Option<bool> Check = new("--check")
    {
        Description = "Print only whether the replay is equal to the recording; exit 1 when it is not",
    };

    private static readonly Option<bool> Step = new("--step")
    {
        Description = "Go from event to event, forward and back, by commands on standard input (help lists them)",
    };

    private static readonly Option<int?> Until = CheckedOptions.Number(
        "--until", [], "Stop at the event with that number, and print its connection", 1, int.MaxValue);

    private static readonly Option<string?> UntilReason = new Option<string?>("--until-reason")
    {
        Description = "Stop at the first event with this reason (docs/reasons.md), and print its connection",
        HelpName = "NAME",
    }.CompletedBy(Enum.GetNames<ReasonId>());

    private static readonly Option<string?> UntilState = new Option<string?>("--until-state")
    {
        Description = "Stop where a connection enters this state, such as close-wait, and print it",
        HelpName = "STATE",
    }.CompletedBy(StateNames.Names);

    private static readonly Option<int?> Without = CheckedOptions.Number(
        "--without", [], "Replay as if that frame had not been lost: the number of the link's event, or the segment's",
        1, int.MaxValue);

    public static Command Create()
    {
        var filter = new FilterArguments();
        var style = new StyleOptions();
        var command = new DetailedCommand(
            "replay", "Run a recording of a stack again, exactly, and print its events",
            $"""
            A recording has the inputs of the stack: frames, times, calls, keys, options. The engine computes
            its events again, and each is compared with the recorded one: exit 1 when something differs. A
            recording has all data and the stack's secrets, so its mode is 0600.
            --without is a model: the peer and the application are recorded and do not react.
            {FilterArguments.Grammar}

            Examples:
              usertcp lab --impair loss=3%,seed=7 --record run.utr -- curl -so /dev/null http://198.18.0.2/bytes/1M
              usertcp replay run.utr --check
              usertcp replay run.utr --until-reason FastRetransmit --why
              usertcp replay run.utr --step
            """)
        {
            File, AllEvents, Causes, Changes, Json, AsLadder, Check, Step, Until, UntilReason, UntilState, Without,
        };
        File.CompletionSources.Clear();
        AddValidators(command);
        style.AddTo(command);
        filter.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = new WatchRequest
            {
                Filters = filter.Read(parsed),
                Form = parsed.GetValue(Json) ? EventForm.Json : EventForm.Lines,
                Style = style.Read(parsed) with
                {
                    Causes = parsed.GetValue(Causes),
                    Changes = parsed.GetValue(Changes),
                    AllEvents = parsed.GetValue(AllEvents),
                },
            };
            return Task.FromResult(Run(parsed, request, cancellationToken));
        });
        return command;
    }

    /// <summary>A reason by its name; null when there is none.</summary>
    internal static ReasonId? FindReason(string name) =>
        Enum.TryParse<ReasonId>(name, ignoreCase: true, out var reason) && !char.IsAsciiDigit(name[0]) ? reason : null;

    private static void AddValidators(Command command)
    {
        UntilReason.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && FindReason(token.Value) is null)
                result.AddError($"--until-reason: '{token.Value}' is not a reason, such as FastRetransmit");
        });
        UntilState.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && StateNames.Find(token.Value) is null)
                result.AddError($"--until-state: '{token.Value}' is not a state, such as close-wait");
        });
        command.Validators.Add(static result =>
        {
            var ways = new[] { result.GetValue(Json), result.GetValue(AsLadder), result.GetValue(Check),
                result.GetValue(Step) };
            if (ways.Count(isSet => isSet) > 1)
                result.AddError("choose one of --json, --ladder, --check and --step");
            if (result.GetValue(Check) && result.GetValue(Without) is not null)
                result.AddError("--check and --without: without a loss nothing is equal to the recording");
        });
    }

    private static int Run(ParseResult parsed, WatchRequest request, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(File)!;
        try
        {
            using var run = new ReplayRun(UserTcpReplay.Open(InputFile.OpenBytes("FILE", name)), request);
            if (!run.Replay.IsOfThisVersion)
            {
                Console.Error.WriteLine(
                    $"usertcp: {name} was recorded by version {run.Replay.Version}, which may differ from this one");
            }

            if (parsed.GetValue(Check))
                return CheckAll(run, name, cancellationToken);
            using var output = StandardOutput.Open();
            try
            {
                return parsed.GetValue(Step)
                    ? new ReplayPrompt(run, request, Console.In, output).Run(parsed.GetValue(Without), name)
                    : PrintAll(run, parsed, request, output, cancellationToken);
            }
            catch (IOException)
            {
                // The reader of the pipe has closed it, as head does.
                return ExitCode.Success;
            }
        }
        catch (InvalidDataException exception)
        {
            Console.Error.WriteLine($"usertcp: {name}: {exception.Message}");
            return ExitCode.NoInput;
        }
    }

    private static int CheckAll(ReplayRun run, string name, CancellationToken cancellationToken)
    {
        while (run.Replay.TryRead(out _))
            cancellationToken.ThrowIfCancellationRequested();
        if (run.Replay.Difference is { } difference)
        {
            Console.WriteLine($"differs: {difference}");
            return ExitCode.Failure;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"equal: {run.Replay.Events} events, {run.Replay.Frames} frames"));
        ReportCut(run, name);
        return ExitCode.Success;
    }

    private static int PrintAll(
        ReplayRun run, ParseResult parsed, WatchRequest request, TextWriter output,
        CancellationToken cancellationToken)
    {
        var printer = new ReplayPrinter(output, request, parsed.GetValue(AsLadder));
        var stop = new StopPoint(
            parsed.GetValue(Until), parsed.GetValue(UntilReason) is { } reason ? FindReason(reason) : null,
            parsed.GetValue(UntilState) is { } state ? StateNames.Find(state) : null);
        var comparison = parsed.GetValue(Without) is { } lost ? LossComparison.Find(run.Replay, lost) : null;
        run.Restart(comparison?.Verdict);
        if (comparison is not null)
            output.WriteLine(comparison.Model);
        printer.PrintHeading(run.Replay);
        var hasStopped = false;
        while (!hasStopped && run.TryNext() is { } explained)
        {
            cancellationToken.ThrowIfCancellationRequested();
            comparison?.Add(explained.Event);
            if (run.IsWanted(explained))
            {
                printer.Print(explained);
                hasStopped = stop.IsAt(explained);
            }
            else
            {
                printer.Pass(explained);
            }
        }

        printer.Finish();
        if (hasStopped)
            ReplayPrinter.PrintConnection(output, run);
        else if (comparison is not null)
            output.WriteLine($"-- {comparison}");
        output.Flush();
        return Report(run, parsed.GetValue(File)!, stop, hasStopped);
    }

    private static int Report(ReplayRun run, string name, StopPoint stop, bool hasStopped)
    {
        if (run.Replay.Difference is { } difference)
        {
            Console.Error.WriteLine($"usertcp: {name}: {difference}");
            return ExitCode.Failure;
        }

        if (hasStopped)
            return ExitCode.Success;
        ReportCut(run, name);
        if (stop.IsNone)
            return ExitCode.Success;
        Console.Error.WriteLine($"usertcp: {name} has no {stop}");
        return ExitCode.Failure;
    }

    private static void ReportCut(ReplayRun run, string name)
    {
        if (!run.Replay.IsComplete)
        {
            Console.Error.WriteLine(
                $"usertcp: {name} ends before the stack did: it was killed, or the recording had ended");
        }
    }
}
