using System.Diagnostics;
using UserTcp.Testing.Detection;

namespace UserTcp.Testing.Running;

/// <summary>
/// Drives a world exactly, in a process whose pool has one worker. The driver is an item of the pool itself: when it
/// runs and no other item waits, everything is idle. It then takes a step, and queues itself behind what the step has
/// started.
/// </summary>
internal sealed class WorkerDriver(World world, StuckTest stuck, BlockedWorker blocked) : IDriver, IThreadPoolWorkItem
{
    /// <summary>Steps in one go, so that other work of the process has its turn.</summary>
    private const int StepsPerPass = 256;

    private long _idleSince;

    /// <summary>True when the pool has one worker, and cannot have more.</summary>
    public static bool HasOneWorker
    {
        get
        {
            ThreadPool.GetMaxThreads(out var workers, out _);
            return workers == 1;
        }
    }

    /// <inheritdoc/>
    public void Start()
    {
        blocked.Start(Thread.CurrentThread);
        Queue();
    }

    /// <inheritdoc/>
    public void Stop() => blocked.Stop();

    /// <inheritdoc/>
    public void Execute()
    {
        if (world.HasEnded)
            return;

        blocked.OnPass(Thread.CurrentThread);
        try
        {
            TakeSteps();
        }
        catch (Exception error)
        {
            world.Fail(error);
        }

        Queue();
    }

    private void TakeSteps()
    {
        for (var steps = 0; steps < StepsPerPass && ThreadPool.PendingWorkItemCount == 0 && !world.HasEnded; steps++)
        {
            if (!world.TryStep())
            {
                WaitForOthers();
                return;
            }

            _idleSince = 0;
            if (world.IsDeserted)
                world.Fail(stuck.Describe());
        }
    }

    /// <summary>
    /// There is nothing to do in virtual time. What the test waits for may come from outside, such as a file; otherwise
    /// it is stuck.
    /// </summary>
    private void WaitForOthers()
    {
        if (world.IsSetUpLate)
            world.Fail(StuckTest.DescribeSetUp(world.BusyAfter));
        if (world.IsSettingUp)
            _idleSince = 0;
        else if (_idleSince == 0)
            _idleSince = Stopwatch.GetTimestamp();
        else if (Stopwatch.GetElapsedTime(_idleSince) > stuck.Limit)
            world.Fail(stuck.Describe());
        Thread.Sleep(1);
    }

    private void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
