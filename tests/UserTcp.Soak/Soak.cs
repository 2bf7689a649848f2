using System.Diagnostics;
using UserTcp.Engine.Contract;
using UserTcp.Soak.Sampling;
using UserTcp.Soak.Traffic;

namespace UserTcp.Soak;

/// <summary>
/// The run: laps of load. After each lap all traffic stops and the stacks have to become empty. Samples under load show
/// growth, samples between laps show leaks.
/// </summary>
internal sealed class Soak(SoakOptions options, World world, Findings findings, TextWriter progress)
{
    /// <summary>Longer than the longest sequence of conversation, FIN-WAIT-2 of an orphan and TIME-WAIT.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(240);

    private static readonly TimeSpan MinLap = TimeSpan.FromSeconds(2);

    private readonly List<Sample> _loaded = [];
    private readonly List<Sample> _settled = [];

    /// <summary>Samples under load.</summary>
    public IReadOnlyList<Sample> Loaded => _loaded;

    /// <summary>A sample after each lap and a garbage collection; the first is that of the warm-up.</summary>
    public IReadOnlyList<Sample> Settled => _settled;

    /// <summary>Runs all laps; cancellation ends the current lap and the run.</summary>
    public async Task RunAsync(CancellationToken interrupted)
    {
        var pace = new Pace(options.Load);
        var seeds = new Random(unchecked((int)options.Seed));
        var started = findings.Elapsed;
        await using var load = await Load.StartAsync(world, findings);
        // The first lap is short: it fills caches and is the baseline of later ones.
        var warmUp = TimeSpan.FromSeconds(Math.Min(20, options.Time.TotalSeconds / 4));
        await LapAsync(load, pace, seeds, started + warmUp, interrupted);
        for (var lap = 1; lap <= options.Laps && !interrupted.IsCancellationRequested; lap++)
        {
            await LapAsync(
                load, pace, seeds, started + warmUp + ((options.Time - warmUp) * lap / options.Laps), interrupted);
        }
    }

    private async Task LapAsync(Load load, Pace pace, Random seeds, TimeSpan end, CancellationToken interrupted)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        var left = end - findings.Elapsed;
        // In a very short run the last drain may have outlasted the lap.
        stop.CancelAfter(left > MinLap ? left : MinLap);
        var running = load.RunAsync(pace, seeds, stop.Token);
        while (await Task.WhenAny(running, Task.Delay(options.SampleInterval, CancellationToken.None)) != running)
        {
            pace.Adapt();
            if (!stop.IsCancellationRequested)
                _loaded.Add(Sample.Take(findings.Elapsed, world.Stacks));
        }

        await running;
        await SettleAsync();
        progress.WriteLine($"{_settled[^1]}  findings {findings.Total}");
    }

    private async Task SettleAsync()
    {
        var start = Stopwatch.GetTimestamp();
        while (Sample.Take(findings.Elapsed, world.Stacks) is { IsEmpty: false } sample)
        {
            if (Stopwatch.GetElapsedTime(start) > DrainLimit)
            {
                var rest = world.Stacks.SelectMany(stack => stack.GetConnections())
                    .Where(connection => connection.State != TcpState.Listen)
                    .Take(5);
                findings.Add(
                    "drain", $"not empty after {DrainLimit.TotalSeconds} s: {sample}: {string.Join("; ", rest)}");
                break;
            }

            await Task.Delay(100, CancellationToken.None);
        }

        // Twice, for objects that finalizers release.
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        _settled.Add(Sample.Take(findings.Elapsed, world.Stacks));
    }
}
