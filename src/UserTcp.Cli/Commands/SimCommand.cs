using System.CommandLine;
using System.Globalization;
using UserTcp.Cli.Campaigns;
using UserTcp.Cli.Simulations;
using UserTcp.Simulation;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp sim`: scenarios from seeds, in virtual time, with an oracle that checks every octet.</summary>
internal static class SimCommand
{
    private static readonly Option<int?> Seeds = CheckedOptions.Number(
        "--seeds", [], "Run that many seeds, one after the other (default 1000)", 1, int.MaxValue);

    private static readonly Option<string> FirstSeed = new("--first-seed")
    {
        Description = "The first of them (default 1)",
        HelpName = "S",
    };

    private static readonly Option<SeedRange?> Range = SeedRange.Option();

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "With many seeds: one JSON line, as 'usertcp campaign' reads it",
    };

    private static readonly Option<int?> Faults = CheckedOptions.Number(
        "--faults", [], "Run seeds with faults inside the hosts until N have been injected; with --seed, that one", 1,
        int.MaxValue);

    private static readonly Option<string> Seed = new("--seed")
    {
        Description = "Run one seed, decimal or 0x",
        HelpName = "S",
    };

    private static readonly Option<string> Replay = new("--replay")
    {
        Description = "Run the scenario in a JSON file",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Trace = new("--trace")
    {
        Description = "With --seed or --replay: a line for each event of both hosts",
    };

    private static readonly Option<bool> AsLadder = new("--ladder")
    {
        Description = "With --seed or --replay: the ladders of the connections, as the client sees them",
    };

    private static readonly Option<bool> AllEvents = new("--all", "-a")
    {
        Description = "With --trace: also timers, user calls, states, and what limits the sender",
    };

    private static readonly Option<bool> Causes = new("--why")
    {
        Description = "With --trace: below each retransmission its causes, back to the lost frame",
    };

    private static readonly StyleOptions Style = new();

    private static readonly Option<string> Out = new("--out")
    {
        Description = "Where scenarios that failed are written (default: the regressions of the tests, or here)",
        HelpName = "FOLDER",
    };

    private static readonly Option<TimeSpan?> Budget = CheckedOptions.Seconds(
        "--budget", [], "For making a failing scenario small (default 30)");

    public static Command Create()
    {
        var command = new DetailedCommand(
            "sim", "Simulate stacks over a bad link in virtual time",
            """
            Over a link that loses, delays, reorders, duplicates and corrupts: two engines, or one and a rude
            TCP of another make. Every octet and some twenty invariants are checked after every event. What
            fails is made small and written as JSON. Exits with 0 when nothing failed, else with 1.

            Examples:
              usertcp sim --seeds 2000
              usertcp sim --faults 100000
            """)
        {
            Seeds, FirstSeed, Range, Json, Seed, Faults, Replay, Trace, AsLadder, AllEvents, Causes, Out, Budget,
        };
        Style.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        RefuseConflicts(parsed);
        if (parsed.GetValue(Out) is { } folder)
            OutputFile.MakeFolder("--out", folder);
        var failures = new FailureReport(parsed.GetValue(Out), parsed.GetValue(Budget) ?? TimeSpan.FromSeconds(30));
        if (parsed.GetValue(Replay) is { } file)
            return RunOne(ReadScenario(file), TraceOf(parsed), failures: null);
        if (parsed.GetValue(Seed) is { } seed)
        {
            var one = parsed.GetValue(Faults) is null
                ? Scenario.FromSeed(ParseSeed(seed))
                : Scenario.FaultyFromSeed(ParseSeed(seed));
            return RunOne(one, TraceOf(parsed), failures);
        }

        return parsed.GetValue(Faults) is { } faults
            ? RunFaults(ParseSeed(parsed.GetValue(FirstSeed) ?? "1"), faults, failures, cancellationToken)
            : RunMany(parsed, failures, cancellationToken);
    }

    /// <summary>The printer of the run's events; null without one.</summary>
    private static Action<SimulatedEvent>? TraceOf(ParseResult parsed)
    {
        var style = Style.Read(parsed);
        if (parsed.GetValue(AsLadder))
            return new SimulationLadder(Console.Out, style).Add;
        style = style with { AllEvents = parsed.GetValue(AllEvents), Causes = parsed.GetValue(Causes) };
        return parsed.GetValue(Trace) ? new SimulationTrace(Console.Out.WriteLine, style).Add : null;
    }

    /// <summary>Options of different modes: one seed, one scenario, a range, and faults.</summary>
    private static void RefuseConflicts(ParseResult parsed)
    {
        var isOne = parsed.GetValue(Seed) is not null || parsed.GetValue(Replay) is not null;
        if (parsed.GetValue(Seed) is not null && parsed.GetValue(Replay) is not null)
            throw new CommandException(ExitCode.Usage, "--seed excludes --replay: a scenario has its own seed");
        if (parsed.GetValue(Trace) && parsed.GetValue(AsLadder))
            throw new CommandException(ExitCode.Usage, "--trace excludes --ladder: choose one form");
        if ((parsed.GetValue(Trace) || parsed.GetValue(AsLadder)) && !isOne)
        {
            var form = parsed.GetValue(Trace) ? "--trace" : "--ladder";
            throw new CommandException(ExitCode.Usage, $"{form} needs one run: add --seed S or --replay FILE");
        }

        if (isOne && parsed.GetValue(Range) is not null)
        {
            var one = parsed.GetValue(Seed) is not null ? "--seed" : "--replay";
            throw new CommandException(ExitCode.Usage, $"{one} excludes --range: it is one run");
        }
    }

    private static int RunMany(ParseResult parsed, FailureReport failures, CancellationToken cancellationToken)
    {
        var batch = new SeedBatch(ReadRange(parsed));
        var failed = RunWithProgress(batch.Run, cancellationToken);
        var isJson = parsed.GetValue(Json);
        // With --json, scenarios are written only with --out.
        if (!isJson || parsed.GetValue(Out) is not null)
        {
            foreach (var (scenario, report) in failed)
                failures.Print(isJson ? Console.Error : Console.Out, scenario, report);
        }

        if (isJson)
            Console.Out.WriteLine(batch.ToJson(failed).ToJsonString());
        else
            batch.PrintSummary(Console.Out);
        return failed.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static T RunWithProgress<T>(
        Func<ProgressLine, CancellationToken, T> run, CancellationToken cancellationToken)
    {
        using var progress = ProgressLine.OnStandardError();
        return run(progress, cancellationToken);
    }

    private static SeedRange ReadRange(ParseResult parsed)
    {
        if (parsed.GetValue(Range) is { } range)
        {
            if (parsed.GetValue(Seeds) is not null || parsed.GetValue(FirstSeed) is not null)
                throw new CommandException(ExitCode.Usage, "--range excludes --seeds and --first-seed");
            return range.Count <= int.MaxValue
                ? range
                : throw new CommandException(
                    ExitCode.Usage, $"--range {range}: at most {int.MaxValue} seeds in one run");
        }

        var count = parsed.GetValue(Seeds) ?? 1000;
        var first = ParseSeed(parsed.GetValue(FirstSeed) ?? "1");
        return first <= ulong.MaxValue - (ulong)(count - 1)
            ? new SeedRange(first, first + (ulong)(count - 1))
            : throw new CommandException(ExitCode.Usage, $"--first-seed {first}: fewer than {count} seeds follow it");
    }

    private static int RunFaults(ulong first, long faults, FailureReport failures, CancellationToken cancellationToken)
    {
        var batch = new FaultBatch(first, faults);
        var failed = RunWithProgress(batch.Run, cancellationToken);
        foreach (var (scenario, report) in failed)
            failures.Print(Console.Out, scenario, report, "--faults 1 ");
        batch.PrintSummary(Console.Out);
        return failed.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static int RunOne(
        Scenario scenario, Action<SimulatedEvent>? trace, FailureReport? failures)
    {
        var report = Simulator.Run(scenario, new SimulationOptions { Trace = trace, RecordsFaults = true });
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {scenario.Seed}: {scenario.Connections.Count} connections, {report.Completed} completed, "
            + $"{report.Excused} excused; {report.Events} events, {report.Faults.Count} faults, {report.OctetsChecked} "
            + $"octets checked, {report.Simulated.TotalSeconds:0.0} s; hash {report.EventHash:x16}"));
        if (report.Violation is not { } violation)
            return ExitCode.Success;
        if (failures is null)
            Console.Out.WriteLine($"FAIL {violation}");
        else
            failures.Print(Console.Out, scenario, report);
        return ExitCode.Failure;
    }

    private static Scenario ReadScenario(string file)
    {
        using var reader = InputFile.Open("--replay", file);
        try
        {
            return ScenarioJson.Read(reader.ReadToEnd());
        }
        catch (System.Text.Json.JsonException exception)
        {
            throw new CommandException(
                ExitCode.Configuration, $"--replay: '{file}' is not a scenario: {exception.Message}");
        }
    }

    private static ulong ParseSeed(string text)
    {
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return ulong.TryParse(isHex ? text[2..] : text, style, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new CommandException(
                ExitCode.Usage, $"'{text}' is not a seed: write a whole number, such as 7 or 0x9e37");
    }
}
