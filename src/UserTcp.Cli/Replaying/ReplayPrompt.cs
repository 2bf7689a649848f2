using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Commands;
using UserTcp.Cli.Control;
using UserTcp.Cli.Filters;

namespace UserTcp.Cli.Replaying;

/// <summary>
/// Goes through a replay by commands, one a line. Going back runs the replay again from the start: an engine does a
/// million steps in a second.
/// </summary>
internal sealed class ReplayPrompt(ReplayRun run, WatchRequest request, TextReader input, TextWriter output)
{
    private const string Help =
        """
        Enter, step [N]      the next event, or N of them
        back [N]             the event before, or N before
        until reason NAME    to the next event with this reason, such as FastRetransmit
        until state STATE    to where a connection next enters this state, such as close-wait
        goto N               to the event with that number
        changes              what the event has changed
        why                  what has caused the event, back to the lost frame
        ss                   the connection as it is now
        without N            begin again as if that frame had not been lost; without 0 as recorded
        quit                 end
        """;

    private readonly List<long> _shown = [];
    private CauseChain _causes = new();
    private EventLine _lines = new(request.Style);
    private LossComparison? _comparison;

    /// <summary>Runs until the end of the input.</summary>
    public int Run(int? without, string name)
    {
        new ReplayPrinter(output, request, asLadder: false).PrintHeading(run.Replay);
        if (without is { } number)
            LeaveOut(number);
        else
            Begin(null);
        while (TryReadCommand(out var words))
        {
            if (words is ["quit" or "q" or "exit"])
                break;
            try
            {
                Execute(words);
            }
            catch (CommandException exception)
            {
                output.WriteLine(exception.Message);
            }
        }

        output.Flush();
        if (run.Replay.Difference is not { } difference)
            return ExitCode.Success;
        Console.Error.WriteLine($"usertcp: {name}: {difference}");
        return ExitCode.Failure;
    }

    private bool TryReadCommand(out string[] words)
    {
        if (!Console.IsInputRedirected)
            output.Write("> ");
        output.Flush();
        var line = input.ReadLine();
        words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return line is not null;
    }

    private void Execute(string[] words)
    {
        switch (words)
        {
            case [] or ["step" or "s" or "n"]:
                Step(1);
                break;
            case ["step" or "s" or "n", var count] when TryParse(count, out var steps):
                Step(steps);
                break;
            case ["back" or "b"]:
                Back(1);
                break;
            case ["back" or "b", var count] when TryParse(count, out var steps):
                Back(steps);
                break;
            case ["until", "reason", var name] when ReplayCommand.FindReason(name) is { } reason:
                GoOn(new StopPoint(Reason: reason));
                break;
            case ["until", "state", var name] when StateNames.Find(name) is { } state:
                GoOn(new StopPoint(State: state));
                break;
            case ["goto" or "g" or "until", var at] when TryParse(at, out var number):
                GoTo(number);
                break;
            case ["without", var lost] when long.TryParse(lost, CultureInfo.InvariantCulture, out var number):
                LeaveOut(number);
                break;
            default:
                Show(words);
                break;
        }
    }

    private void Show(string[] words)
    {
        switch (words)
        {
            case ["help" or "?"]:
                output.WriteLine(Help);
                break;
            case ["changes" or "why" or "ss"] when run.Current is null:
                output.WriteLine("there is no event yet: step");
                break;
            case ["changes"]:
                foreach (var change in run.Current!.Changes)
                    output.WriteLine($"    {change.Name}: {change.Before} -> {change.After}");
                break;
            case ["why"]:
                foreach (var cause in _causes.Of(run.Current!))
                    output.WriteLine($"    {CauseChain.Format(cause, request.Style.Language)}");
                break;
            case ["ss"]:
                ReplayPrinter.PrintConnection(output, run);
                break;
            default:
                output.WriteLine($"'{string.Join(' ', words)}' is no command: help lists them");
                break;
        }
    }

    private static bool TryParse(string word, out int number) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private void Begin(long? without)
    {
        run.Restart(without);
        _shown.Clear();
        _causes = new CauseChain();
        _lines = new EventLine(request.Style);
    }

    private void Step(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (Advance() is not { } line)
            {
                End();
                return;
            }

            output.WriteLine(line);
        }
    }

    /// <summary>Goes to the next event that is shown; its line, or null at the end.</summary>
    private string? Advance()
    {
        while (run.TryNext() is { } explained)
        {
            _causes.Add(explained);
            _comparison?.Add(explained.Event);
            if (!run.IsWanted(explained) || _lines.Format(explained) is not { } line)
            {
                _lines.Remember(explained);
                continue;
            }

            _shown.Add(explained.Event.Number);
            return line;
        }

        return null;
    }

    private void Back(int count)
    {
        if (_shown.Count <= count)
        {
            Begin(run.Without);
            output.WriteLine("-- before the first event");
            return;
        }

        GoTo(_shown[^(count + 1)]);
    }

    private void GoTo(long number)
    {
        if (run.Current is { } current && current.Event.Number >= number)
            Begin(run.Without);
        string? line = null;
        while ((run.Current?.Event.Number ?? 0) < number)
        {
            if (Advance() is not { } next)
            {
                End();
                return;
            }

            line = next;
        }

        if (line is not null)
            output.WriteLine(line);
    }

    private void GoOn(StopPoint stop)
    {
        while (run.TryNext() is { } explained)
        {
            _causes.Add(explained);
            _comparison?.Add(explained.Event);
            if (!run.IsWanted(explained))
            {
                _lines.Remember(explained);
                continue;
            }

            var line = _lines.Format(explained);
            if (line is not null)
                _shown.Add(explained.Event.Number);
            if (!stop.IsAt(explained))
                continue;
            output.WriteLine(line ?? new EventLine(request.Style with { AllEvents = true }).Format(explained));
            return;
        }

        output.WriteLine($"-- there is no {stop} from here on");
        End();
    }

    private void LeaveOut(long number)
    {
        _comparison = number == 0 ? null : LossComparison.Find(run.Replay, number);
        Begin(_comparison?.Verdict);
        output.WriteLine(_comparison?.Model ?? "-- as recorded");
    }

    private void End()
    {
        output.WriteLine("-- the end");
        if (_comparison is not null)
            output.WriteLine($"-- {_comparison}");
        _comparison = null;
    }
}
