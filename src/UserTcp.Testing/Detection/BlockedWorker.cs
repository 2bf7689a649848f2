using System.Diagnostics;
using System.Runtime.ExceptionServices;
using UserTcp.Testing.Running;

namespace UserTcp.Testing.Detection;

/// <summary>
/// The only worker waits (<c>Wait()</c>, <c>Result</c>, <c>Thread.Sleep</c>), so nothing can happen any more.
/// Interrupts it: the exception that this throws in the waiting code shows the line, and lets the test end.
/// </summary>
/// <param name="limit">Real time that the worker may wait.</param>
/// <param name="world">What it ends. A network that has ended already is not the one that blocks.</param>
internal sealed class BlockedWorker(TimeSpan limit, World world)
{
    private const System.Threading.ThreadState Waits = System.Threading.ThreadState.WaitSleepJoin;

    private TimeSpan _elapsed;
    private long _elapsedSince = Stopwatch.GetTimestamp();
    private Thread? _worker;
    private volatile Thread? _interrupted;
    private long _passes;
    private volatile bool _isOver;
    private volatile bool _wasInterrupted;

    /// <summary>Starts to watch the worker, from a thread of its own.</summary>
    public void Start(Thread worker)
    {
        OnPass(worker);
        if (Debugger.IsAttached)
            return;
        AppDomain.CurrentDomain.FirstChanceException += OnException;
        new Thread(Watch) { IsBackground = true, Name = "virtual network's watch" }.Start();
    }

    /// <summary>Ends the watch.</summary>
    public void Stop()
    {
        _isOver = true;
        AppDomain.CurrentDomain.FirstChanceException -= OnException;
        if (_wasInterrupted)
            ClearInterrupt();
    }

    /// <summary>The worker runs.</summary>
    public void OnPass(Thread worker)
    {
        Volatile.Write(ref _worker, worker);
        Interlocked.Increment(ref _passes);
    }

    /// <summary>
    /// A worker that went on by itself meets the interrupt at its next wait, which must not be another test's.
    /// </summary>
    private static void ClearInterrupt()
    {
        try
        {
            Thread.Sleep(1);
        }
        catch (ThreadInterruptedException)
        {
            // That was it.
        }
    }

    private void Watch()
    {
        var (passes, since) = (0L, Stopwatch.GetTimestamp());
        while (!_isOver)
        {
            Thread.Sleep(TimeSpan.FromMilliseconds(Math.Clamp(limit.TotalMilliseconds / 10, 1, 50)));
            // Of a run that was cancelled the worker may still wait.
            if (world.HasEnded && !world.IsCanceled)
                return;
            if (IsBusy())
            {
                world.Fail(new VirtualNetworkException(
                    VirtualFailureKind.Busy,
                    $"The test is busy: for {world.BusyAfter.TotalSeconds} s of real time something ran without a "
                    + "pause, so that virtual time could not go on: a loop around Task.Yield, a timer of no time that "
                    + "is set again each time, or a long computation. Let it wait for the network's time."));
                return;
            }

            var now = Interlocked.Read(ref _passes) + ThreadPool.CompletedWorkItemCount;
            var worker = Volatile.Read(ref _worker);
            if (now != passes || worker is null || (worker.ThreadState & Waits) == 0)
                (passes, since) = (now, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(since) > limit)
            {
                since = Stopwatch.GetTimestamp();
                _wasInterrupted = true;
                _interrupted = worker;
                worker.Interrupt();
            }
        }
    }

    /// <summary>True when virtual time stands still for long, though nobody sets anything up.</summary>
    private bool IsBusy()
    {
        var elapsed = world.Clock.Elapsed;
        if (elapsed == _elapsed && !world.IsSettingUp)
            return Stopwatch.GetElapsedTime(_elapsedSince) > world.BusyAfter;
        (_elapsed, _elapsedSince) = (elapsed, Stopwatch.GetTimestamp());
        return false;
    }

    private void OnException(object? sender, FirstChanceExceptionEventArgs args)
    {
        if (args.Exception is not ThreadInterruptedException || Thread.CurrentThread != _interrupted)
            return;
        _interrupted = null;
        var stack = new StackTrace(1, fNeedFileInfo: true);
        world.Fail(new VirtualNetworkException(
            VirtualFailureKind.Blocked,
            "The test is blocked: its only worker waits, so that what it waits for cannot happen. It waits "
            + $"{UserLine.Find(stack) ?? "in a library"}. Write await in place of Wait(), Result, "
            + "GetAwaiter().GetResult() and Thread.Sleep, or ask for VirtualLevel.Fates in a process with more "
            + "workers.\n" + UserLine.Shorten(stack)));
    }
}
