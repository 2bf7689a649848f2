using System.Diagnostics;
using UserTcp.Testing.Detection;

namespace UserTcp.Testing.Running;

/// <summary>
/// Drives a world from a thread of its own, beside any number of workers. Whether all is idle it can only guess: no
/// item of the pool waits, and none has ended for a while.
/// </summary>
/// <param name="world">What it drives.</param>
/// <param name="stuck">Describes a test that is stuck.</param>
/// <param name="blocked">Watches the worker when there is only one; null otherwise.</param>
internal sealed class ThreadDriver(World world, StuckTest stuck, BlockedWorker? blocked) : IDriver
{
    /// <summary>How long nothing may have ended.</summary>
    private static readonly TimeSpan _quiet = TimeSpan.FromMilliseconds(1);

    private long _idleSince;

    /// <inheritdoc/>
    public void Start()
    {
        blocked?.Start(Thread.CurrentThread);
        new Thread(Run) { IsBackground = true, Name = "virtual network" }.Start();
    }

    /// <inheritdoc/>
    public void Stop() => blocked?.Stop();

    private void Run()
    {
        try
        {
            while (!world.HasEnded)
                Step();
        }
        catch (Exception error)
        {
            world.Fail(error);
        }
    }

    private void Step()
    {
        if (world.TryRunLoop())
            return;
        if (!WaitUntilQuiet())
            return;
        if (world.TryStep() || world.IsSettingUp)
            _idleSince = 0;
        else if (_idleSince == 0)
            _idleSince = Stopwatch.GetTimestamp();
        else if (Stopwatch.GetElapsedTime(_idleSince) > stuck.Limit)
            world.Fail(stuck.Describe());
        if (world.IsSetUpLate)
            world.Fail(StuckTest.DescribeSetUp(world.BusyAfter));
        else if (world.IsDeserted)
            world.Fail(stuck.Describe());
    }

    /// <summary>Waits until nothing has ended for a while; false when a loop has something to do before.</summary>
    private bool WaitUntilQuiet()
    {
        var start = Stopwatch.GetTimestamp();
        var (completed, since) = (ThreadPool.CompletedWorkItemCount, start);
        while (Stopwatch.GetElapsedTime(since) < _quiet)
        {
            Thread.Sleep(0);
            if (world.HasEnded || world.HasReadyLoop)
                return false;
            if (Stopwatch.GetElapsedTime(start) > world.BusyAfter)
            {
                world.Fail(new VirtualNetworkException(
                    VirtualFailureKind.Busy,
                    $"The thread pool has not been idle for {world.BusyAfter.TotalSeconds} s of real time, so that "
                    + "virtual time cannot go on. Run tests of the process one after the other, and end tasks "
                    + "that never rest."));
                return false;
            }

            var now = ThreadPool.CompletedWorkItemCount;
            if (now == completed && ThreadPool.PendingWorkItemCount == 0)
                continue;
            (completed, since) = (now, Stopwatch.GetTimestamp());
        }

        return true;
    }
}
