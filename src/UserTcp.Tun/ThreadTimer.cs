using static Tmds.Linux.LibC;
using static UserTcp.Tun.LibCAdditions;

namespace UserTcp.Tun;

/// <summary>The timer slack of the calling thread: how late the kernel may wake it.</summary>
public static class ThreadTimer
{
    /// <summary>
    /// Sets the timer slack to the minimum (PR_SET_TIMERSLACK in prctl(2)). By default the kernel wakes a thread up to
    /// 50 µs late, so that one wake-up serves several timers.
    /// </summary>
    /// <exception cref="TunException">The kernel does not support it.</exception>
    public static void BePunctual()
    {
        if (prctl(PR_SET_TIMERSLACK, 1) < 0)
            throw TunException.Unexpected("The timers of a thread cannot be made more precise", errno);
    }
}
