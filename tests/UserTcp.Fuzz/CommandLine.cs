using System.Diagnostics;
using System.Globalization;
using UserTcp.Fuzz.Running;

namespace UserTcp.Fuzz;

/// <summary>tools/fuzz: reads the arguments, runs, prints. Exit codes: 0 no faults, 1 faults found, 64 usage,
/// 66 no file to replay.</summary>
internal static class CommandLine
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int Usage = 64;
    private const int NoInput = 66;
    private const int SeedShift = 32;

    // The whole engine gets half of the time when all targets run.
    private const double EngineShare = 0.5;

    private const string Help = """
        usage: fuzz --for TIME [--target NAME] [--seed N] [--jobs N] [--failures FOLDER] [--json]
               fuzz TARGET --range FIRST..LAST [--jobs N] [--failures FOLDER] --json
               fuzz --replay FILE [--trace]
               fuzz --learn FILE --target NAME --for TIME [--seed N]
               fuzz --list
        TIME is such as 60s, 10m or 2h. An input follows from its target and its number; with --seed N the numbers start at N * 2^32.
        Inputs that find something are shrunk and written to FOLDER (artifacts/fuzz). Exit codes: 0 none did, 1 some did, 64 usage.
        """;

    public static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        if (Arguments.TryParse(args, out var arguments) is { } problem)
        {
            errors.WriteLine($"fuzz: {problem}");
            errors.WriteLine(Help);
            return Usage;
        }

        if (arguments.Lists)
            return List(output);
        if (arguments.Replay is { } file)
            return Replay(file, arguments.Traces ? output : null, output, errors);
        if (arguments.Learn is { } corpus)
            return Learn(arguments, corpus, output);
        return arguments.Range is { } range
            ? RunOne(arguments, arguments.Target!, range.First, range.Last, limit: null, output)
            : RunForTime(arguments, output);
    }

    private static int List(TextWriter output)
    {
        foreach (var name in Targets.Names)
            output.WriteLine(name);
        return Success;
    }

    private static int Replay(string file, TextWriter? log, TextWriter output, TextWriter errors)
    {
        FuzzCase found;
        try
        {
            found = FuzzCase.Parse(File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"fuzz: --replay: {exception.Message}");
            return NoInput;
        }
        catch (FormatException exception)
        {
            errors.WriteLine($"fuzz: {file}: {exception.Message}");
            return Usage;
        }

        if (Targets.Find(found.Target) is not { } make)
        {
            errors.WriteLine($"fuzz: {file}: there is no target '{found.Target}'");
            return Usage;
        }

        var target = make();
        target.Log = log;
        if (new InputRunner(target).Find(found.Input) is not { } exception2)
        {
            output.WriteLine($"{found.Target}: nothing found; it was '{found.Kind}'");
            return Success;
        }

        output.WriteLine($"{found.Target}: {FindingException.KindOf(exception2)}: {exception2}");
        return Failure;
    }

    private static int Learn(Arguments arguments, string file, TextWriter output)
    {
        var inputs = Learner.Learn(
            Targets.Find(arguments.Target!)!(), arguments.Seed << SeedShift, arguments.Time!.Value);
        File.WriteAllText(file, Corpus.Format(inputs));
        output.WriteLine($"{file}: {inputs.Count} inputs, {inputs.Sum(input => input.Length)} bytes");
        return Success;
    }

    private static int RunForTime(Arguments arguments, TextWriter output)
    {
        var first = arguments.Seed << SeedShift;
        var last = first + ((1UL << SeedShift) - 1);
        var names = arguments.Target is { } one ? [one] : Targets.Names;
        var status = Success;
        foreach (var name in names)
        {
            var share = names.Count == 1 ? 1
                : name == WholeEngine.EngineTarget.TargetName ? EngineShare : (1 - EngineShare) / (names.Count - 1);
            status = Math.Max(status, RunOne(arguments, name, first, last, arguments.Time!.Value * share, output));
        }

        return status;
    }

    private static int RunOne(
        Arguments arguments, string name, ulong first, ulong last, TimeSpan? limit, TextWriter output)
    {
        var make = Targets.Find(name)!;
        var start = Stopwatch.GetTimestamp();
        var (reached, runners) = Campaign.Run(make, first, last, arguments.Jobs, limit);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var failures = runners.SelectMany(runner => runner.Failures).ToList();
        var faults = runners.Sum(runner => runner.Faults);
        if (arguments.IsJson)
        {
            output.WriteLine(RangeReport.Line(name, first, reached, runners, elapsed));
        }
        else
        {
            var steps = runners.Sum(runner => runner.Steps);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-12} {first}..{reached}: {runners.Sum(runner => runner.Inputs)} inputs, {steps} steps, "
                + $"{faults} faults, {elapsed.TotalSeconds:0.0} s, {steps / elapsed.TotalSeconds:0} steps/s"));
            foreach (var kind in failures.GroupBy(failure => failure.Kind))
            {
                output.WriteLine($"  {kind.Key}: {kind.Count()} times, first by input "
                    + $"{kind.Min(failure => failure.Number)}: {kind.First().Message}");
            }
        }

        foreach (var path in Campaign.WriteFailures(make, failures, arguments.Failures, TimeSpan.FromSeconds(30)))
            Console.Error.WriteLine($"fuzz: wrote {path}");
        return faults == 0 ? Success : Failure;
    }
}
