using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Timeouts;

/// <summary>
/// TIMEOUTS (RFC 9293 section 3.10.8): what happens when a timer of a connection, of the SYN queue or of TIME-WAIT
/// expires.
/// </summary>
internal static class TimerExpiry
{
    // RFC 9293 section 3.8.3: R1 is three retransmissions or more (SHLD-10).
    private const int R1 = 3;

    private const int MaxZeroWindowBackoff = 16;

    public static void Handle(EngineState engine, MonotonicTime now)
    {
        engine.Current.EnterShared();
        engine.TimeWait.RemoveExpired(now);
        FragmentInput.Expire(engine, now);
        for (var index = engine.HalfOpen.FindDue(now); index >= 0; index = engine.HalfOpen.FindDue(now))
            SynQueue.Unpark(engine, index);
        engine.Current.EnterShared();
        while (engine.Timers.TryDequeueDue(now, out var tcb))
        {
            engine.Current.Enter(tcb);
            engine.At(FaultPoint.TimerExpires);
            Expire(engine, tcb, now);
            engine.Current.EnterShared();
        }
    }

    private static void Expire(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (TryExpire(engine, tcb, TcbTimer.DelayedAck, now) && tcb.Pending.Ack == SegmentReason.None)
            tcb.Pending.Ack = SegmentReason.DelayedAck;
        if (TryExpire(engine, tcb, TcbTimer.Reordering, now))
            LossRecovery.OnReorderingTimeout(engine, tcb, now);
        if (TryExpire(engine, tcb, TcbTimer.TailLossProbe, now))
            TailLossProbeTimeout(engine, tcb, now);
        if (TryExpire(engine, tcb, TcbTimer.Retransmission, now))
            RetransmissionTimeout(engine, tcb, now);
        if (tcb.IsLive && TryExpire(engine, tcb, TcbTimer.Persist, now))
            PersistTimeout(engine, tcb, now);
        if (tcb.IsLive && TryExpire(engine, tcb, TcbTimer.KeepAlive, now) && !KeepAlive.Expire(tcb, now))
            GiveUp(engine, tcb, now);
        if (tcb.IsLive && TryExpire(engine, tcb, TcbTimer.GiveUp, now))
            GiveUpTimeout(engine, tcb, now);
        if (tcb.IsLive && TryExpire(engine, tcb, TcbTimer.MinProgress, now) && !MinProgress.Expire(engine, tcb, now))
            ResetStalled(engine, tcb);
        // The pacing timer needs no action: output follows every timer.
        if (tcb.IsLive)
            TryExpire(engine, tcb, TcbTimer.Pacing, now);
    }

    /// <summary>Stops the timer and returns true if it has expired.</summary>
    private static bool TryExpire(EngineState engine, Tcb tcb, TcbTimer timer, MonotonicTime now)
    {
        var deadline = tcb.Timers[timer];
        if (!tcb.Timers.TryExpire(timer, now))
            return false;
        engine.Trace.OnExpired(tcb, timer, deadline);
        return true;
    }

    /// <summary>
    /// PTO (RFC 8985 section 7.2): requests a tail loss probe and restarts the retransmission timer, even if that is
    /// due as well.
    /// </summary>
    private static void TailLossProbeTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { } flight || !TailLossProbe.IsUseful(flight)
            || tcb.Snd.FlightSize == 0 || tcb.Snd.Wnd == 0)
        {
            return;
        }

        tcb.Pending.TailLossProbe = true;
        tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
    }

    private static void RetransmissionTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        // MUST-35: with a zero window, zero-window probes are sent and no retransmissions.
        if (tcb.IsSynchronized && tcb.Snd.Wnd == 0)
        {
            PersistTimeout(engine, tcb, now);
            return;
        }

        if (now >= GiveUpTime(engine, tcb))
        {
            GiveUp(engine, tcb, now);
            return;
        }

        if (tcb is { State: TcpState.SynSent, EarlySyn: EarlySyn.Due })
        {
            // The peer has answered, so nothing was lost: the RTO does not back off and starts anew.
            tcb.EarlySyn = EarlySyn.Sent;
            tcb.Pending.Syn = true;
            RestartAfterExpiry(engine, tcb, now);
            return;
        }

        engine.Counters.Add(Counter.RetransmissionTimeouts);
        if (tcb.IsSynchronized)
        {
            tcb.Timers.Stop(TcbTimer.TailLossProbe);
            tcb.Pending.TailLossProbe = false;
            LossRecovery.OnTimeout(engine, tcb, now);
            tcb.Ecn.OnReduced(tcb.Snd.Nxt);
            PathMtuDiscovery.OnTimeout(engine, tcb, now);
        }
        else
        {
            tcb.Loss.CountTimeout();
            if (!Admission.WithholdsSynAck(engine, tcb))
                tcb.Pending.Syn = tcb.HandshakeRetransmitted = true;
            tcb.EarlySyn = EarlySyn.None;
        }

        // RFC 6298 section 5.5 and 5.6.
        tcb.Rtt.BackOff(engine.Options);
        RestartAfterExpiry(engine, tcb, now);
        // A half-open connection has no application yet.
        if (tcb.Loss.Timeouts == R1 && tcb is not { State: TcpState.SynReceived, Listener: not null })
            ReportR1(engine, tcb);
    }

    /// <summary>Restarts the retransmission timer, at most until the give-up time.</summary>
    private static void RestartAfterExpiry(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        var next = now + tcb.Rtt.Rto(engine.Options);
        tcb.Timers.Set(TcbTimer.Retransmission, MonotonicTime.Min(next, GiveUpTime(engine, tcb)));
    }

    /// <summary>
    /// R1 is reached: reports it to the application (SHLD-9). A soft error by ICMP stays, since it says more.
    /// </summary>
    private static void ReportR1(EngineState engine, Tcb tcb)
    {
        if (tcb.SoftError == EngineError.None)
            tcb.SoftError = EngineError.TimedOut;
        engine.Events.Raise(tcb, EngineEvents.SoftError);
    }

    /// <summary>
    /// The give-up time: when R2 (RFC 9293 section 3.8.3) is reached without progress. A user timeout that the
    /// application has set counts all the time that data waits (RFC 5482 section 2). The engine's own does not count a
    /// zero window as long as the peer answers the zero-window probes (MUST-37).
    /// </summary>
    private static MonotonicTime GiveUpTime(EngineState engine, Tcb tcb)
    {
        if (tcb is { IsSynchronized: false, IsPassive: true })
            return tcb.Loss.WaitingSince + engine.Options.HalfOpenTimeout;
        if (tcb.IsOrphan)
            return tcb.LastProgress + engine.Options.OrphanTimeout;
        if (tcb.Options.UserTimeout is { } limit)
            return After(tcb.Loss.WaitingSince, limit);
        if (!tcb.IsSynchronized)
            return tcb.Loss.WaitingSince + engine.Options.ConnectTimeout;
        var stalled = tcb.Loss.StalledSince;
        // R2 may have been reached before the window closed.
        var r2 = UserTimeout.Of(tcb, engine.Options);
        var isProbing = tcb.Snd.Wnd == 0 && tcb.WindowClosedSince - stalled < r2;
        return After(isProbing && tcb.LastAckReceived > stalled ? tcb.LastAckReceived : stalled, r2);

        static MonotonicTime After(MonotonicTime since, TimeSpan limit) =>
            limit > TimeSpan.Zero ? since + limit : MonotonicTime.Never;
    }

    /// <summary>
    /// The persist timer: the peer's window keeps data from being sent, or has closed over data in flight. If the
    /// window has any room, SWS avoidance is overridden. Else a zero-window probe is sent, at growing intervals
    /// (SHLD-29, SHLD-30), until the give-up time.
    /// </summary>
    private static void PersistTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Snd.FlightSize == 0 && !tcb.HasUnsent)
            return;
        if (now >= GiveUpTime(engine, tcb))
        {
            GiveUp(engine, tcb, now);
            return;
        }

        if (tcb.Snd.Edge > tcb.Snd.Nxt)
        {
            tcb.Pending.Override = true;
            return;
        }

        tcb.Pending.ZeroWindowProbe = true;
        tcb.ZeroWindowProbes = Math.Min(tcb.ZeroWindowProbes + 1, MaxZeroWindowBackoff);
        var interval = tcb.Rtt.Rto(engine.Options).Ticks << tcb.ZeroWindowProbes;
        var next = now + TimeSpan.FromTicks(Math.Min(interval, engine.Options.MaxRto.Ticks));
        tcb.Timers.Set(TcbTimer.Persist, MonotonicTime.Min(next, GiveUpTime(engine, tcb)));
    }

    private static void GiveUpTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        // FIN-WAIT-2 ends without a RST: the peer has acknowledged everything. A half-open connection is dropped
        // silently.
        if (tcb.State is TcpState.FinWait2 or TcpState.SynReceived)
            Lifecycle.Delete(engine, tcb, tcb.State == TcpState.FinWait2 ? EngineError.None : EngineError.TimedOut);
        else
            GiveUp(engine, tcb, now);
    }

    /// <summary>
    /// Resets a connection whose peer acknowledged too little in an interval (<see cref="MinProgress"/>).
    /// </summary>
    private static void ResetStalled(EngineState engine, Tcb tcb)
    {
        engine.Counters.Add(Counter.MinProgressResets);
        Lifecycle.SendReset(engine, tcb, SegmentReason.ResetMinProgress);
        Lifecycle.Delete(engine, tcb, EngineError.TimedOut);
    }

    /// <summary>
    /// R2 is reached, or keep-alive has failed: RST and CLOSED, with the soft error by ICMP if there was one.
    /// </summary>
    private static void GiveUp(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        engine.Counters.Add(Counter.TimedOut);
        FastOpenConnect.OnFailed(engine, tcb, now);
        if (tcb.IsSynchronized)
            Lifecycle.SendReset(engine, tcb, SegmentReason.ResetTimeout);
        var isUnreachable = tcb.SoftError is EngineError.HostUnreachable or EngineError.NetworkUnreachable;
        Lifecycle.Delete(engine, tcb, isUnreachable ? tcb.SoftError : EngineError.TimedOut);
    }
}
