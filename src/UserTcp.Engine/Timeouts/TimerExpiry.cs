using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.Timeouts;

/// <summary>TIMEOUTS (RFC 9293 section 3.10.8): user, retransmission, persist, delayed ACK, keep-alive. TIME-WAIT's is the table's own.</summary>
internal static class TimerExpiry
{
    // RFC 9293 section 3.8.3: R1 is at least three retransmissions (SHLD-10).
    private const int R1 = 3;

    private const int MaxZeroWindowBackoff = 16;


    public static void Handle(EngineState engine, MonotonicTime now)
    {
        engine.Current.EnterShared();
        engine.TimeWait.RemoveExpired(now);
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
        if (tcb.Timers.TryExpire(TcbTimer.DelayedAck, now) && tcb.Pending.Ack == SegmentReason.None)
            tcb.Pending.Ack = SegmentReason.DelayedAck;
        if (tcb.Timers.TryExpire(TcbTimer.Reordering, now))
            LossRecovery.OnReorderingTimeout(engine, tcb, now);
        if (tcb.Timers.TryExpire(TcbTimer.TailLossProbe, now))
            TailLossProbeTimeout(engine, tcb, now);
        if (tcb.Timers.TryExpire(TcbTimer.Retransmission, now))
            RetransmissionTimeout(engine, tcb, now);
        if (tcb.IsLive && tcb.Timers.TryExpire(TcbTimer.Persist, now))
            PersistTimeout(engine, tcb, now);
        if (tcb.IsLive && tcb.Timers.TryExpire(TcbTimer.KeepAlive, now) && !KeepAlive.Expire(tcb, now))
            GiveUp(engine, tcb, now);
        if (tcb.IsLive && tcb.Timers.TryExpire(TcbTimer.GiveUp, now))
            GiveUpTimeout(engine, tcb, now);
        if (tcb.IsLive && tcb.Timers.TryExpire(TcbTimer.MinProgress, now) && !MinProgress.Expire(engine, tcb, now))
            ResetStalled(engine, tcb);
        // Output follows every timer, and looks by itself whether it may send.
        if (tcb.IsLive)
            tcb.Timers.TryExpire(TcbTimer.Pacing, now);
    }

    /// <summary>The probe goes out in place of a timeout that is due as well, which counts from it then (RFC 8985 section 7.2).</summary>
    private static void TailLossProbeTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { IsTailLossProbeUseful: true } || tcb.Snd.FlightSize == 0 || tcb.Snd.Wnd == 0)
            return;
        tcb.Pending.TailLossProbe = true;
        tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
    }

    private static void RetransmissionTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        // MUST-35: into a closed window probes are sent, not the text again.
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
            // The peer has answered, so nothing was lost and nothing backs off: a whole RTO from here.
            tcb.EarlySyn = EarlySyn.Sent;
            tcb.Pending.Syn = true;
            tcb.Timers.Set(TcbTimer.Retransmission, MonotonicTime.Min(now + tcb.Rtt.Rto(engine.Options), GiveUpTime(engine, tcb)));
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
        // Not beyond R2, which may be short.
        tcb.Timers.Set(TcbTimer.Retransmission, MonotonicTime.Min(now + tcb.Rtt.Rto(engine.Options), GiveUpTime(engine, tcb)));
        // A half-open connection has no user yet.
        if (tcb.Loss.Timeouts == R1 && tcb is not { State: TcpState.SynReceived, Listener: not null })
            ReportR1(engine, tcb);
    }

    /// <summary>SHLD-9: the user hears of it before R2. What ICMP has said already says more.</summary>
    private static void ReportR1(EngineState engine, Tcb tcb)
    {
        if (tcb.SoftError == EngineError.None)
            tcb.SoftError = EngineError.TimedOut;
        engine.Events.Raise(tcb, EngineEvents.SoftError);
    }

    /// <summary>
    /// When R2 (RFC 9293 section 3.8.3) is over unless something happens first. A limit that the user has set for the connection
    /// counts all the time that something has waited (RFC 5482 section 2); the engine's own passes over a closed window for as long as
    /// the peer answers its probes (MUST-37).
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
        // What had passed before the window closed may have been enough already.
        var r2 = UserTimeout.Of(tcb, engine.Options);
        var isProbing = tcb.Snd.Wnd == 0 && tcb.WindowClosedSince - stalled < r2;
        return After(isProbing && tcb.LastAckReceived > stalled ? tcb.LastAckReceived : stalled, r2);

        static MonotonicTime After(MonotonicTime since, TimeSpan limit) => limit > TimeSpan.Zero ? since + limit : MonotonicTime.Never;
    }

    /// <summary>
    /// Nothing is outstanding (or the window has closed over it) and the peer's window is in the way: override silly window
    /// avoidance if a little fits, else probe with growing intervals (SHLD-29, SHLD-30) until patience is over.
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
        // In FIN-WAIT-2 both ends agree on all that was sent, so nobody has to be told. A half-open connection never was one.
        if (tcb.State is TcpState.FinWait2 or TcpState.SynReceived)
            Lifecycle.Delete(engine, tcb, tcb.State == TcpState.FinWait2 ? EngineError.None : EngineError.TimedOut);
        else
            GiveUp(engine, tcb, now);
    }

    /// <summary>The peer acknowledged too little in an interval (<see cref="MinProgress"/>).</summary>
    private static void ResetStalled(EngineState engine, Tcb tcb)
    {
        engine.Counters.Add(Counter.MinProgressResets);
        Lifecycle.SendReset(engine, tcb, SegmentReason.ResetMinProgress);
        Lifecycle.Delete(engine, tcb, EngineError.TimedOut);
    }

    private static void GiveUp(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        engine.Counters.Add(Counter.TimedOut);
        FastOpenConnect.OnFailed(engine, tcb, now);
        if (tcb.IsSynchronized)
            Lifecycle.SendReset(engine, tcb, SegmentReason.ResetTimeout);
        Lifecycle.Delete(engine, tcb, tcb.SoftError is EngineError.HostUnreachable or EngineError.NetworkUnreachable ? tcb.SoftError : EngineError.TimedOut);
    }
}
