using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>
/// Min progress (<see cref="EngineOptions.MinProgressInterval"/>): resets a connection whose peer keeps data waiting,
/// by a zero window or by acknowledging a byte now and then. RFC 9293 section 3.8.6.1 leaves that to the application or
/// to a resource policy. The timer runs from the first waiting data until all data is acknowledged; ACKs in between do
/// not restart it.
/// </summary>
internal static class MinProgress
{
    /// <summary>Data begins to wait: starts the first interval.</summary>
    public static void Begin(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (engine.Options.MinProgressInterval is { } interval && interval > TimeSpan.Zero)
            Start(engine, tcb, now + interval);
    }

    /// <summary>
    /// An interval has ended: starts the next one. False when the peer acknowledged too little in it.
    /// </summary>
    public static bool Expire(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.DataAcknowledged < tcb.Timers.Running!.ProgressTarget)
            return false;
        Begin(engine, tcb, now);
        return true;
    }

    /// <summary>
    /// Starts an interval. Its target counts only data that is queued now, so that a slow application does not fail a
    /// peer that acknowledges everything at once.
    /// </summary>
    private static void Start(EngineState engine, Tcb tcb, MonotonicTime end)
    {
        tcb.Timers.Set(TcbTimer.MinProgress, end);
        // A FIN without data counts as a byte.
        var waiting = Math.Max(tcb.SendQueue.End - tcb.Snd.Una, 1);
        tcb.Timers.Running!.ProgressTarget = tcb.DataAcknowledged + Math.Min(engine.Options.MinProgressBytes, waiting);
    }
}
