using static Tmds.Linux.LibC;
using static UserTcp.Tun.LibCAdditions;

namespace UserTcp.Tun;

/// <summary>A thread that leaves most of the CPU to others: who observes does not disturb.</summary>
public static class BackgroundThread
{
    /// <summary>
    /// The priority (nice(1)). The kernel gives such a thread a tenth of the time that it gives an ordinary one.
    /// </summary>
    private const int Nice = 10;

    /// <summary>
    /// Runs an action on a thread of its own with a low priority. On a busy CPU it gets about a tenth of the time.
    /// </summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="action">What it runs.</param>
    /// <returns>A task that ends with the action, and has its exception.</returns>
    public static Task RunAsync(string name, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                LowerPriority();
                action();
                end.SetResult();
            }
            catch (Exception exception)
            {
                end.SetException(exception);
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
        return end.Task;
    }

    /// <summary>On Linux the priority of process 0 is that of the calling thread.</summary>
    private static void LowerPriority()
    {
        if (setpriority(PRIO_PROCESS, 0, Nice) < 0)
            throw TunException.Unexpected("The priority of a thread cannot be lowered", errno);
    }
}
