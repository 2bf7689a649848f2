using System.Diagnostics;
using System.Runtime.ExceptionServices;
using UserTcp.Differential.Comparing;
using UserTcp.Differential.Stacks;

namespace UserTcp.Differential.Generating;

/// <summary>
/// Runs the scripts of many seeds against the kernel, on several threads with a network namespace each.
/// </summary>
internal sealed class Batch(ulong first, int count)
{
    private readonly Lock _gate = new();
    private readonly BatchReport _report = new();
    private ExceptionDispatchInfo? _fault;
    private int _next;

    public Action<BatchReport>? OnProgress { get; init; }

    /// <summary>The max number of kinds to shrink.</summary>
    public int MaxKinds { get; init; } = 20;

    public BatchReport Run(int threads, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, Math.Clamp(threads, 1, Math.Max(count, 1)))
            .Select(_ => new Thread(() => Work(cancellationToken)))
            .ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        _fault?.Throw();
        _report.Elapsed = clock.Elapsed;
        return _report;
    }

    /// <summary>Runs a function on a new thread with its own network namespace.</summary>
    public static T WithKernel<T>(Func<EngineStack, IStackUnderTest, T> run)
    {
        T? result = default;
        ExceptionDispatchInfo? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var kernel = KernelStack.OnThisThread();
                using var engine = new EngineStack();
                result = run(engine, kernel);
            }
            catch (Exception exception)
            {
                fault = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        fault?.Throw();
        return result!;
    }

    private void Work(CancellationToken cancellationToken)
    {
        try
        {
            using var kernel = KernelStack.OnThisThread();
            using var engine = new EngineStack();
            while (!cancellationToken.IsCancellationRequested && TryTake(out var seed))
                RunOne(seed, engine, kernel);
        }
        catch (Exception exception)
        {
            lock (_gate)
                _fault ??= ExceptionDispatchInfo.Capture(exception);
        }
    }

    private bool TryTake(out ulong seed)
    {
        lock (_gate)
        {
            seed = unchecked(first + (ulong)_next);
            return _fault is null && _report.Failures.Count < MaxKinds && _next++ < count;
        }
    }

    private void RunOne(ulong seed, EngineStack engine, IStackUnderTest kernel)
    {
        var verdict = Comparison.Run(Generator.FromSeed(seed), engine, kernel);
        bool isNew;
        lock (_gate)
            isNew = verdict.Unexplained is { } difference && _report.IsNew(difference);
        var smallest = isNew ? Smallest(verdict, engine, kernel) : null;
        lock (_gate)
        {
            _report.Add(seed, verdict, smallest);
            OnProgress?.Invoke(_report);
        }
    }

    /// <summary>The smallest script with the same kind of difference; another kind would be another cause.</summary>
    private static Verdict Smallest(Verdict verdict, EngineStack engine, IStackUnderTest kernel)
    {
        var kind = verdict.Unexplained!.Kind;
        var last = verdict;
        Shrinker.Shrink(verdict.Script, script =>
        {
            var candidate = Comparison.Run(script, engine, kernel);
            if (candidate.Unexplained?.Kind != kind)
                return false;
            last = candidate;
            return true;
        });
        return last;
    }
}
