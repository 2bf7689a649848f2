using static Tmds.Linux.LibC;
using static UserTcp.Tun.LibCAdditions;

namespace UserTcp.Tun;

/// <summary>How late the kernel may wake the calling thread.</summary>
public static class ThreadTimer
{
    /// <summary>
    /// Has the waits of the calling thread end as soon as their time is over, instead of up to 50 µs later, which lets the kernel wake for
    /// several timers at once (PR_SET_TIMERSLACK in prctl(2)).
    /// </summary>
    /// <exception cref="TunException">The kernel knows no such thing.</exception>
    public static void BePunctual()
    {
        if (prctl(PR_SET_TIMERSLACK, 1) < 0)
            throw TunException.Unexpected("The timers of a thread cannot be made more precise", errno);
    }
}
