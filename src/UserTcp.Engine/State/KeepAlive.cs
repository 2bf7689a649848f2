using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>
/// Keep-alive (RFC 9293 section 3.8.4): probes a peer that has been silent for long, and gives up after several probes
/// without an answer. Off unless the application turns it on (MUST-24, MUST-25).
/// </summary>
internal static class KeepAlive
{
    /// <summary>Starts, restarts or stops the timer after the options or the state have changed.</summary>
    public static void Schedule(Tcb tcb)
    {
        if (tcb.IsSynchronized && tcb.Options.KeepAlive)
            tcb.Timers.Set(TcbTimer.KeepAlive, tcb.LastAckReceived + tcb.Options.KeepAliveTime);
        else
            tcb.Timers.Stop(TcbTimer.KeepAlive);
    }

    /// <summary>
    /// The timer has expired: requests a probe if one is due. False when the connection is to be given up.
    /// </summary>
    public static bool Expire(Tcb tcb, MonotonicTime now)
    {
        var options = tcb.Options;
        // MUST-26: with data outstanding or queued, retransmissions and zero-window probes test the peer.
        if (tcb.Snd.FlightSize > 0 || tcb.SendQueue.End > tcb.Snd.Nxt)
        {
            tcb.KeepAliveProbes = 0;
            tcb.Timers.Set(TcbTimer.KeepAlive, now + options.KeepAliveTime);
            return true;
        }

        if (tcb.LastAckReceived >= tcb.LastKeepAlive)
            tcb.KeepAliveProbes = 0;
        if (tcb.KeepAliveProbes == 0 && now - tcb.LastAckReceived < options.KeepAliveTime)
        {
            Schedule(tcb);
            return true;
        }

        // MUST-29: one probe without an answer is not enough.
        if (tcb.KeepAliveProbes >= options.KeepAliveRetryCount)
            return false;
        tcb.KeepAliveProbes++;
        tcb.LastKeepAlive = now;
        tcb.Pending.KeepAlive = true;
        tcb.Timers.Set(TcbTimer.KeepAlive, now + options.KeepAliveInterval);
        return true;
    }
}
