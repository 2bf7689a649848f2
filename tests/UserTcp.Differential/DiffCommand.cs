using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text.Json.Nodes;
using UserTcp.Cli;
using UserTcp.Cli.Campaigns;
using UserTcp.Cli.Hosting;
using UserTcp.Differential.Comparing;
using UserTcp.Differential.Generating;
using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;

namespace UserTcp.Differential;

/// <summary>
/// The command line of tools/diff: runs scripts on the engine and on the kernel's TCP, and reports where they differ.
/// </summary>
internal static class DiffCommand
{
    /// <summary>What users type to run it.</summary>
    public const string Name = "tools/diff";

    private static readonly Option<int> Seeds = new("--seeds")
    {
        Description = "Run N seeds (default 1000)",
        HelpName = "N",
        DefaultValueFactory = _ => 1000,
    };

    private static readonly Option<ulong> FirstSeed = new("--first-seed")
    {
        Description = "The first seed (default 1)",
        HelpName = "S",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<SeedRange?> Range = SeedRange.Option();

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "With many seeds: print one JSON line, for 'usertcp campaign'",
    };

    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Run one seed", HelpName = "S" };

    private static readonly Option<string> ScriptFile = new("--script")
    {
        Description = "Run the script in a file",
        HelpName = "FILE",
    };

    private static readonly Option<string> Save = new("--save")
    {
        Description = "Write the shrunk scripts of failures into this folder",
        HelpName = "FOLDER",
    };

    private static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Also count the scripts that reached each state",
    };

    private static readonly Option<bool> Trace = new("--trace")
    {
        Description = "With --seed or --script: print each stack's answer to each step",
    };

    public static Command Create()
    {
        var command = new DetailedCommand(
            Name, "Compare the stack with the kernel's TCP, script by script",
            $"""
            Each seed is a script of calls and segments that depend on each other. It runs on the engine in
            virtual time, and on the kernel in a network namespace of its own, as any user. A difference that
            no rule explains is shrunk and printed, with both answers. Exits with 0 when there is none, and
            with 1 otherwise.

            Example:
              {Name} --seeds 10000
            """)
        {
            Seeds, FirstSeed, Range, Json, Seed, ScriptFile, Trace, Save, Verbose,
            new HelpOption { Action = new DetailedHelp() },
        };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        // root makes a network namespace for each thread. Every other user becomes root in a user namespace first.
        if (!Environment.IsPrivilegedProcess)
            Isolation.Enter();
        if (parsed.GetValue(Seed) is { } seed)
            return RunOne($"seed {seed}", Generator.FromSeed(seed), parsed.GetValue(Trace));
        if (parsed.GetValue(ScriptFile) is { } file)
            return RunOne(file, ReadScript(file), parsed.GetValue(Trace));
        if (parsed.GetValue(Trace))
            throw new CommandException(ExitCode.Usage, "--trace needs one script: add --seed S or --script FILE");
        return RunMany(parsed, cancellationToken);
    }

    private static int RunMany(ParseResult parsed, CancellationToken cancellationToken)
    {
        var range = ReadRange(parsed);
        var report = RunWithProgress(range, cancellationToken);
        var isJson = parsed.GetValue(Json);
        foreach (var failure in report.Failures)
            Print(failure, parsed.GetValue(Save), isJson ? Console.Error : Console.Out);
        if (isJson)
            Console.Out.WriteLine(ToJson(range, report).ToJsonString());
        else
            PrintSummary(report, parsed.GetValue(Verbose));
        return report.Unexplained == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static SeedRange ReadRange(ParseResult parsed)
    {
        if (parsed.GetValue(Range) is { } range)
        {
            return range.Count <= int.MaxValue
                ? range
                : throw new CommandException(
                    ExitCode.Usage, $"--range {range}: at most {int.MaxValue} seeds in one run");
        }

        var (first, count) = (parsed.GetValue(FirstSeed), parsed.GetValue(Seeds));
        if (count < 1)
            throw new CommandException(ExitCode.Usage, $"--seeds {count}: run 1 or more");
        return first <= ulong.MaxValue - (ulong)(count - 1)
            ? new SeedRange(first, first + (ulong)(count - 1))
            : throw new CommandException(ExitCode.Usage, $"--first-seed {first}: fewer than {count} seeds follow it");
    }

    /// <summary>
    /// The result of the range. It counts fewer seeds than the range when many kinds of differences stopped the run
    /// early.
    /// </summary>
    private static JsonObject ToJson(SeedRange range, BatchReport report) => new()
    {
        ["tool"] = "diff",
        ["first"] = range.First,
        ["last"] = range.Last,
        ["seeds"] = report.Scripts,
        ["failures"] = new JsonArray([.. report.Failures.Select(failure => new JsonObject
        {
            ["seed"] = failure.Seed,
            ["kind"] = failure.Verdict.Unexplained!.Kind,
            ["scripts"] = failure.Count,
        })]),
        ["states"] = new JsonObject(Situation.States.Select(state =>
            KeyValuePair.Create(state, (JsonNode?)report.States.GetValueOrDefault(state)))),
        ["explained"] =
            new JsonObject(report.Explained.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["steps"] = report.Steps,
        ["endedEarly"] = report.EndedEarly,
        ["seconds"] = Math.Round(report.Elapsed.TotalSeconds, 1),
    };

    private static BatchReport RunWithProgress(SeedRange range, CancellationToken cancellationToken)
    {
        using var progress = ProgressLine.OnStandardError();
        var batch = new Batch(range.First, (int)range.Count)
        {
            OnProgress = report => progress.Report(
                $"{report.Scripts} of {range.Count} scripts, {report.Unexplained} unexplained differences"),
        };
        return batch.Run(Environment.ProcessorCount, cancellationToken);
    }

    private static int RunOne(string name, Script script, bool trace)
    {
        var verdict = Batch.WithKernel((engine, kernel) => Comparison.Run(script, engine, kernel));
        for (var i = 0; trace && i < verdict.Linux.Count; i++)
        {
            Console.Out.WriteLine(
                $"{verdict.Script.Steps[i]}\n  engine {verdict.Engine[i]}\n  linux  {verdict.Linux[i]}");
        }

        Console.Out.WriteLine(
            verdict.Unexplained is null ? $"{name}: no unexplained difference" : $"{name}: {verdict.Unexplained}");
        foreach (var rule in verdict.Rules)
            Console.Out.WriteLine($"explained by {rule.Name}: {rule.Why}");
        return verdict.Unexplained is null ? ExitCode.Success : ExitCode.Failure;
    }

    private static Script ReadScript(string file)
    {
        using var reader = InputFile.Open("--script", file);
        try
        {
            return Script.Parse(reader.ReadToEnd());
        }
        catch (ScriptException exception)
        {
            throw new CommandException(ExitCode.Configuration, $"{file}: {exception.Message}");
        }
    }

    private static void Print(Failure failure, string? folder, TextWriter output)
    {
        output.WriteLine($"FAIL seed {failure.Seed} and {failure.Count - 1} more: {failure.Verdict.Unexplained}");
        output.WriteLine($"kind: {failure.Verdict.Unexplained!.Kind}");
        output.WriteLine($"repro: {Name} --seed {failure.Seed} --trace");
        output.WriteLine($"shrunk:\n{failure.Smallest.Script}{failure.Smallest.Unexplained}");
        if (folder is null)
            return;
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"seed-{failure.Seed}.txt"));
        File.WriteAllText(path, failure.Smallest.Script.ToString());
        output.WriteLine($"saved: {path}");
    }

    private static void PrintSummary(BatchReport report, bool verbose)
    {
        foreach (var (name, count) in report.Explained)
            Console.Out.WriteLine($"explained {count,6} {name}");
        foreach (var state in verbose ? Situation.States : [])
            Console.Out.WriteLine($"reached   {report.States.GetValueOrDefault(state),6} {state}");
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Scripts} scripts, {report.Steps} steps, {report.EndedEarly} ended early by an explained "
            + $"difference, {report.Unexplained} unexplained differences in {report.Elapsed.TotalSeconds:0.0} s "
            + $"({report.Scripts / report.Elapsed.TotalSeconds:0} scripts/s)"));
    }
}
