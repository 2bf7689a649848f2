using static Tmds.Linux.LibC;
using static UserTcp.Tun.LibCAdditions;

namespace UserTcp.Tun;

/// <summary>A thread that runs when no other has work to do: who observes does not disturb.</summary>
public static class BackgroundThread
{
    /// <summary>The lowest priority (nice(1)).</summary>
    private const int MaxNice = 19;

    /// <summary>
    /// Runs an action on a thread of its own with the lowest priority. On a busy CPU it gets about 1.5 % of the time.
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
        if (setpriority(PRIO_PROCESS, 0, MaxNice) < 0)
            throw TunException.Unexpected("The priority of a thread cannot be lowered", errno);
    }
}
