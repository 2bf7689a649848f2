using UserTcp.Cli;
using UserTcp.Cli.Hosting;
using UserTcp.Soak;

if (args is ["--help"] or ["-h"])
{
    Console.Out.WriteLine(SoakOptions.Usage);
    return ExitCode.Success;
}

if (!SoakOptions.TryParse(args, out var options, out var problem))
{
    Console.Error.WriteLine($"soak: {problem} (see tools/soak --help)");
    return ExitCode.Usage;
}

return await Failures.GuardAsync(() => RunAsync(options), Console.Error);

static async Task<int> RunAsync(SoakOptions options)
{
    Isolation.Enter();
    // Thread pool threads are counted: let the pool reach its size early.
    ThreadPool.SetMinThreads(4, 4);
    ThreadPool.SetMaxThreads(32, 32);
    using var interruption = new Interruption(CancellationToken.None);
    var findings = new Findings { OnFinding = finding => Console.Error.WriteLine($"FAIL {finding}") };
    await using var world = await World.StartAsync(options.Seed);
    var soak = new Soak(options, world, findings, Console.Error);
    foreach (var stack in world.Stacks)
    {
        _ = stack.Completion.ContinueWith(
            end => findings.Add("stack", $"has failed: {end.Exception!.InnerException}"), CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    await soak.RunAsync(interruption.Token);
    var verdict = new Verdict(soak.Loaded, soak.Settled, findings);
    Report.Print(Console.Out, options, soak, world, verdict, findings);
    return findings.Total == 0 ? ExitCode.Success : ExitCode.Failure;
}
