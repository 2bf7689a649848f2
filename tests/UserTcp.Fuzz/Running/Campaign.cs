using System.Diagnostics;

namespace UserTcp.Fuzz.Running;

/// <summary>
/// Runs a range of a target's inputs on several threads, in order, until the range or the time is over.
/// </summary>
internal static class Campaign
{
    private const ulong Chunk = 64;

    /// <summary>The last input that a thread ran, and the findings of each thread.</summary>
    public static (ulong Last, IReadOnlyList<InputRunner> Runners) Run(
        Func<FuzzTarget> make, ulong first, ulong last, int jobs, TimeSpan? limit)
    {
        var start = Stopwatch.GetTimestamp();
        var next = first;
        var isTaken = false;
        var gate = new Lock();
        var runners = Enumerable.Range(0, jobs).Select(_ => new InputRunner(make(), jobs)).ToList();
        var threads = runners.Select(runner => new Thread(() => Work(runner))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return (isTaken ? last : next - 1, runners);

        void Work(InputRunner runner)
        {
            while (TryTake(out var from, out var to))
            {
                for (var number = from; ; number++)
                {
                    runner.Run(number);
                    if (number == to)
                        break;
                }
            }
        }

        // Chunks are always completed, so that the inputs run are a range.
        bool TryTake(out ulong from, out ulong to)
        {
            lock (gate)
            {
                (from, to) = (next, last - next < Chunk ? last : next + (Chunk - 1));
                if (isTaken || (limit is { } time && next != first && Stopwatch.GetElapsedTime(start) >= time))
                    return false;
                isTaken = to == last;
                next = to + 1;
                return true;
            }
        }
    }

    /// <summary>Shrinks one input of each kind of finding and writes it to a file; returns the paths.</summary>
    public static IEnumerable<string> WriteFailures(
        Func<FuzzTarget> make, IEnumerable<InputRunner.Failure> failures, string folder, TimeSpan budget)
    {
        foreach (var failure in failures.GroupBy(failure => failure.Kind)
            .Select(kind => kind.MinBy(failure => failure.Input.Length)!))
        {
            var target = make();
            var input = new CaseShrinker(target, budget).Shrink(failure.Input, failure.Kind);
            var found = new FuzzCase(target.Name, failure.Kind, input);
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, found.FileName());
            File.WriteAllText(path, found.Format());
            yield return path;
        }
    }
}
