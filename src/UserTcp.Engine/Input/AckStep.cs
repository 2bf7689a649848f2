using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>Fifth step: the ACK field (RFC 9293 section 3.10.7.4).</summary>
internal static class AckStep
{

    public static Disposition Handle(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        var segment = arrival.Segment;
        var now = arrival.Now;
        if (tcb.State == TcpState.SynReceived)
        {
            var disposition = HandleSynReceived(engine, tcb, arrival);
            if (disposition != Disposition.Accepted)
                return disposition;
        }

        ref var snd = ref tcb.Snd;
        // RFC 5961 section 5.2 (MAY-12): neither something never sent nor something older than the peer could still mean.
        if (!SeqRange.Between(OldestAck(tcb), snd.Nxt).ContainsOrEnds(segment.Ack))
        {
            OtherStates.Challenge(engine, tcb, SegmentReason.ChallengeAck, now);
            return Disposition.AckUnacceptable;
        }

        tcb.LastAckReceived = now;
        OtherStates.RecordTimestamp(tcb, arrival);
        var window = WindowOf(tcb, segment);
        AckInfo facts = new AckInfo
        {
            Now = now,
            Ack = segment.Ack,
            Acknowledged = Math.Max(segment.Ack - snd.Una, 0),
            IsDuplicate = IsDuplicate(tcb, segment, window),
            Echo = arrival.Timestamps?.Echo,
            EchoedRoundTrip = RoundTrip(engine, tcb, arrival),
            ExpectedSamples = ExpectedSamples(snd),
            Blocks = tcb.SackOk ? segment.Options.Sack : default,
            // RFC 3168 section 6.1.2: an echo of a mark opens no window.
            WindowWasUsed = tcb.Loss.Flight is not null && !tcb.Ecn.IsEcho(segment.Flags) && tcb.WindowUsage.IsEnoughFor(tcb.Congestion.Window),
        };
        if (facts.Acknowledged > 0)
            Acknowledge(engine, tcb, facts);
        engine.At(FaultPoint.AckTaken);
        LossRecovery.OnAck(engine, tcb, facts);
        if (tcb.Ecn.Ok && segment.Ack >= snd.Una)
            OnEce(engine, tcb, segment, facts.Acknowledged, now);
        if (engine.Options.Pacing && tcb.Loss.Flight is not null)
            tcb.Congestion.Pace(tcb.Rtt.Srtt, snd.Mss, now);
        if (facts.Acknowledged > 0)
            RestartTimers(engine, tcb, now);
        if (segment.Ack >= snd.Una)
            UpdateWindow(engine, tcb, arrival, window);
        AdvanceClose(engine, tcb, now);
        return Disposition.Accepted;
    }

    /// <summary>
    /// SND.UNA - MAX.SND.WND (RFC 5961 section 5.2), but nothing before our first octet: what was never sent cannot be acknowledged,
    /// however large the peer's window has been.
    /// </summary>
    private static SeqNum OldestAck(Tcb tcb)
    {
        var acknowledged = tcb.DataAcknowledged + (tcb.IsFinAcknowledged ? 1 : 0);
        return tcb.Snd.Una - (uint)Math.Min(tcb.Snd.MaxWnd, acknowledged);
    }

    private static Disposition HandleSynReceived(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        var segment = arrival.Segment;
        if (!tcb.Snd.InFlight.ContainsEnd(segment.Ack))
        {
            if (!arrival.MayFollowCookie)
                Lifecycle.Reply(engine, tcb.Tuple, SegmentArrives.ResetFor(segment), SegmentReason.ResetUnacceptableAck, tcb.Ts.Echo);
            return Disposition.AckUnacceptable;
        }

        // The queue has filled up meanwhile: as if the ACK were lost. Our SYN,ACK goes out again and brings another one.
        if (tcb.Listener is { } listener && !tcb.IsOpenEarly && listener.Accepted.Count >= listener.Backlog)
            return Disposition.ListenDropped;
        engine.TimeWait.RemoveReopened(arrival.Tuple, arrival.Hash);
        Handshake.Complete(engine, tcb, segment.Ack, RoundTrip(engine, tcb, arrival), arrival.Now);
        Handshake.SetSendWindow(tcb, arrival.Seq, segment.Ack, WindowOf(tcb, segment));
        return Disposition.Accepted;
    }

    /// <summary>RTTM (RFC 7323 section 4.1): what TSecr tells. Only for an ACK of something new.</summary>
    private static TimeSpan? RoundTrip(EngineState engine, Tcb tcb, in Arrival arrival) =>
        arrival.Timestamps is { } timestamps && !arrival.HasCookie ? tcb.Ts.RoundTrip(timestamps.Echo, arrival.Now, engine.Options.MaxRto) : null;

    /// <summary>RFC 7323 appendix G: measurements in a round trip, with an ACK for every second segment.</summary>
    private static int ExpectedSamples(in SendSequence snd) => ((snd.FlightSize - 1) / (2 * snd.Mss)) + 1;

    /// <summary>The window of a SYN is never scaled (RFC 7323 section 2.2), not even that of the SYN,ACK of a simultaneous open.</summary>
    private static uint WindowOf(Tcb tcb, in TcpSegment segment) =>
        segment.Has(TcpFlags.Syn) ? segment.Window : tcb.Snd.Scale.ToOctets(segment.Window);

    private static void Acknowledge(EngineState engine, Tcb tcb, in AckInfo ack)
    {
        ref var snd = ref tcb.Snd;
        snd.Una = ack.Ack;
        if (snd.Up <= ack.Ack)
            snd.Up = null;
        var data = tcb.SendQueue.AcknowledgeUpTo(ack.Ack);
        tcb.ZeroWindowProbes = 0;
        tcb.LastProgress = ack.Now;
        tcb.SoftError = EngineError.None;
        tcb.Loss.OnProgress(ack.Now);
        if (data >= snd.Mss)
            snd.ProvenMss = snd.Mss;
        if (tcb.PathMtu is { } search)
            PathMtuDiscovery.OnAcknowledged(engine, tcb, search, ack.Now);
        if (data == 0)
            return;
        tcb.DataAcknowledged += data;
        tcb.AcknowledgedForUser += data;
        engine.Events.Raise(tcb, EngineEvents.Acknowledged);
    }

    /// <summary>SND.UNA has advanced (RFC 6298 sections 5.2 and 5.3, RFC 7765).</summary>
    private static void RestartTimers(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        tcb.Pending.TailLossProbe = false;
        if (tcb.Snd.FlightSize > 0)
        {
            var rto = tcb.Rtt.Rto(engine.Options);
            tcb.Timers.Set(TcbTimer.Retransmission, Reneging.Deadline(tcb, rto, now) ?? RtoRestart.Deadline(tcb, rto, now));
            LossRecovery.ScheduleTailLossProbe(engine, tcb, now);
            return;
        }

        tcb.Timers.Stop(TcbTimer.Retransmission);
        tcb.Timers.Stop(TcbTimer.TailLossProbe);
        tcb.Timers.Stop(TcbTimer.Reordering);
        LossRecovery.OnNothingInFlight(engine, tcb);
        if (!tcb.HasUnsent)
        {
            EndPersist(tcb);
            tcb.Timers.Stop(TcbTimer.MinProgress);
            tcb.Loss.OnNothingWaits();
        }
    }

    /// <summary>The window is in nothing's way: it is open, or there is nothing to send.</summary>
    private static void EndPersist(Tcb tcb)
    {
        tcb.Timers.Stop(TcbTimer.Persist);
        tcb.Pending.ZeroWindowProbe = false;
        tcb.Pending.Override = false;
    }

    /// <summary>An echo of a mark (RFC 3168 section 6.1.2) reduces the window, unless what was lost has done so already.</summary>
    private static void OnEce(EngineState engine, Tcb tcb, in TcpSegment segment, int octets, MonotonicTime now)
    {
        tcb.Ecn.OnAcknowledged(tcb.Snd.Una);
        if (segment.Has(TcpFlags.Syn) || !tcb.Ecn.ReducesWindow(segment.Flags) || !LossRecovery.OnEce(tcb, tcb.Snd.FlightSize + octets, now))
            return;
        engine.Counters.Add(Counter.EceReceived);
    }

    /// <summary>
    /// RFC 5681 section 2: data outstanding, no text, neither SYN nor FIN, SND.UNA again, and the window as it was. With the window
    /// closed over what is outstanding it is the answer to a probe, and says nothing of loss.
    /// </summary>
    private static bool IsDuplicate(Tcb tcb, in TcpSegment segment, uint window) =>
        segment.Ack == tcb.Snd.Una && tcb.Snd.FlightSize > 0 && segment.Length == 0 && window == tcb.Snd.Wnd && window > 0;

    /// <summary>
    /// Only a segment at least as new as the last that updated it may change SND.WND. SEG.SEQ is that of what is left of it in the
    /// window (section 3.10.7.4): text that comes again, with more behind it, is not old.
    /// </summary>
    private static void UpdateWindow(EngineState engine, Tcb tcb, in Arrival arrival, uint window)
    {
        ref var snd = ref tcb.Snd;
        var (seq, ack, now) = (arrival.Seq, arrival.Segment.Ack, arrival.Now);
        if (snd.Wl1 == seq ? snd.Wl2 > ack : snd.Wl1 > seq)
            return;
        var wasZero = snd.Wnd == 0;
        Handshake.SetSendWindow(tcb, seq, ack, window);
        if (window == 0 && !wasZero)
            tcb.WindowClosedSince = now;
        if (window == 0 || !wasZero)
            return;

        // The window is open again. What was outstanding when it closed may have been thrown away by the peer.
        tcb.ZeroWindowProbes = 0;
        tcb.Loss.OnWindowOpened(tcb.WindowClosedSince, now);
        EndPersist(tcb);
        if (snd.FlightSize > 0 && !tcb.Timers.IsRunning(TcbTimer.Retransmission))
        {
            LossRecovery.RetransmitAll(tcb, SegmentReason.WindowReopened);
            tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
        }
    }

    /// <summary>What the acknowledgment of our FIN changes.</summary>
    private static void AdvanceClose(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsFinAcknowledged)
            return;
        switch (tcb.State)
        {
            case TcpState.FinWait1:
                Transitions.Move(tcb, TcpState.FinWait2);
                if (tcb.IsOrphan)
                    tcb.Timers.Set(TcbTimer.GiveUp, now + engine.Options.OrphanTimeout);
                engine.Events.Raise(tcb, EngineEvents.WritesClosed);
                break;
            case TcpState.Closing:
                engine.Events.Raise(tcb, EngineEvents.WritesClosed);
                Lifecycle.EnterTimeWait(engine, tcb, now);
                break;
            case TcpState.LastAck:
                engine.Events.Raise(tcb, EngineEvents.WritesClosed);
                Lifecycle.Delete(engine, tcb, EngineError.None);
                break;
        }
    }
}
