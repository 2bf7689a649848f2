using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>Fifth step: the ACK field (RFC 9293 section 3.10.7.4).</summary>
internal sealed class AckArrives(EngineCore core)
{
    private readonly LossRecovery _recovery = new(core);
    private readonly PathMtuDiscovery _pathMtu = new(core);

    public Disposition Handle(Tcb tcb, in Arrival arrival)
    {
        var segment = arrival.Segment;
        var now = arrival.Now;
        if (tcb.State == TcpState.SynReceived)
        {
            var disposition = HandleSynReceived(tcb, arrival);
            if (disposition != Disposition.Accepted)
                return disposition;
        }

        ref var snd = ref tcb.Snd;
        // RFC 5961 section 5.2 (MAY-12): neither something never sent nor something older than the peer could still mean.
        if (!SeqRange.Between(OldestAck(tcb), snd.Nxt).ContainsOrEnds(segment.Ack))
        {
            ConnectionArrives.Challenge(core, tcb, SegmentReason.ChallengeAck, now);
            return Disposition.AckUnacceptable;
        }

        tcb.LastAckReceived = now;
        ConnectionArrives.RecordTimestamp(tcb, arrival);
        var window = WindowOf(tcb, segment);
        AckInfo facts = new AckInfo
        {
            Now = now,
            Ack = segment.Ack,
            Acknowledged = Math.Max(segment.Ack - snd.Una, 0),
            IsDuplicate = IsDuplicate(tcb, segment, window),
            Echo = arrival.Timestamps?.Echo,
            EchoedRoundTrip = RoundTrip(tcb, arrival),
            ExpectedSamples = ExpectedSamples(snd),
            Blocks = tcb.SackOk ? segment.Options.Sack : default,
            // RFC 3168 section 6.1.2: an echo of a mark opens no window.
            WindowWasUsed = tcb.Loss.Flight is not null && !tcb.Ecn.IsEcho(segment.Flags) && tcb.WindowUsage.IsEnoughFor(tcb.Congestion.Window),
        };
        if (facts.Acknowledged > 0)
            Acknowledge(tcb, facts);
        core.At(FaultPoint.AckTaken);
        _recovery.OnAck(tcb, facts);
        if (tcb.Ecn.Ok && segment.Ack >= snd.Una)
            OnEce(tcb, segment, facts.Acknowledged, now);
        if (core.Options.Pacing && tcb.Loss.Flight is not null)
            tcb.Congestion.Pace(tcb.Rtt.Srtt, snd.Mss, now);
        if (facts.Acknowledged > 0)
            RestartTimers(tcb, now);
        if (segment.Ack >= snd.Una)
            UpdateWindow(tcb, arrival, window);
        AdvanceClose(tcb, now);
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

    private Disposition HandleSynReceived(Tcb tcb, in Arrival arrival)
    {
        var segment = arrival.Segment;
        if (!tcb.Snd.InFlight.ContainsEnd(segment.Ack))
        {
            if (!arrival.MayFollowCookie)
                core.Reply(tcb.Tuple, ClosedArrives.ResetFor(segment), SegmentReason.ResetUnacceptableAck, tcb.Ts.Echo);
            return Disposition.AckUnacceptable;
        }

        // The queue has filled up meanwhile: as if the ACK were lost. Our SYN,ACK goes out again and brings another one.
        if (tcb.Listener is { } listener && !tcb.IsOpenEarly && listener.Accepted.Count >= listener.Backlog)
            return Disposition.ListenDropped;
        core.TimeWait.RemoveReopened(arrival.Tuple, arrival.Hash);
        Handshake.Complete(core, tcb, segment.Ack, RoundTrip(tcb, arrival), arrival.Now);
        Handshake.SetSendWindow(tcb, arrival.Seq, segment.Ack, WindowOf(tcb, segment));
        return Disposition.Accepted;
    }

    /// <summary>RTTM (RFC 7323 section 4.1): what TSecr tells. Only for an ACK of something new.</summary>
    private TimeSpan? RoundTrip(Tcb tcb, in Arrival arrival) =>
        arrival.Timestamps is { } timestamps && !arrival.HasCookie ? tcb.Ts.RoundTrip(timestamps.Echo, arrival.Now, core.Options.MaxRto) : null;

    /// <summary>RFC 7323 appendix G: measurements in a round trip, with an ACK for every second segment.</summary>
    private static int ExpectedSamples(in SendSequence snd) => ((snd.FlightSize - 1) / (2 * snd.Mss)) + 1;

    /// <summary>The window of a SYN is never scaled (RFC 7323 section 2.2), not even that of the SYN,ACK of a simultaneous open.</summary>
    private static uint WindowOf(Tcb tcb, in TcpSegment segment) =>
        segment.Has(TcpFlags.Syn) ? segment.Window : tcb.Snd.Scale.ToOctets(segment.Window);

    private void Acknowledge(Tcb tcb, in AckInfo ack)
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
            _pathMtu.OnAcknowledged(tcb, search, ack.Now);
        if (data == 0)
            return;
        tcb.DataAcknowledged += data;
        tcb.AcknowledgedForUser += data;
        core.Raise(tcb, EngineEvents.Acknowledged);
    }

    /// <summary>SND.UNA has advanced (RFC 6298 sections 5.2 and 5.3, RFC 7765).</summary>
    private void RestartTimers(Tcb tcb, MonotonicTime now)
    {
        tcb.Pending.TailLossProbe = false;
        if (tcb.Snd.FlightSize > 0)
        {
            var rto = tcb.Rtt.Rto(core.Options);
            core.Timers.Set(tcb, TcbTimer.Retransmission, Reneging.Deadline(tcb, rto, now) ?? RtoRestart.Deadline(tcb, rto, now));
            _recovery.ScheduleTailLossProbe(tcb, now);
            return;
        }

        tcb.Timers.Stop(TcbTimer.Retransmission);
        tcb.Timers.Stop(TcbTimer.TailLossProbe);
        tcb.Timers.Stop(TcbTimer.Reordering);
        _recovery.OnNothingInFlight(tcb);
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
    private void OnEce(Tcb tcb, in TcpSegment segment, int octets, MonotonicTime now)
    {
        tcb.Ecn.OnAcknowledged(tcb.Snd.Una);
        if (segment.Has(TcpFlags.Syn) || !tcb.Ecn.ReducesWindow(segment.Flags) || !LossRecovery.OnEce(tcb, tcb.Snd.FlightSize + octets, now))
            return;
        core.Counters.Add(Counter.EceReceived);
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
    private void UpdateWindow(Tcb tcb, in Arrival arrival, uint window)
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
            core.Timers.Set(tcb, TcbTimer.Retransmission, now + tcb.Rtt.Rto(core.Options));
        }
    }

    /// <summary>What the acknowledgment of our FIN changes.</summary>
    private void AdvanceClose(Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsFinAcknowledged)
            return;
        switch (tcb.State)
        {
            case TcpState.FinWait1:
                Transitions.Move(tcb, TcpState.FinWait2);
                if (tcb.IsOrphan)
                    core.Timers.Set(tcb, TcbTimer.GiveUp, now + core.Options.OrphanTimeout);
                core.Raise(tcb, EngineEvents.WritesClosed);
                break;
            case TcpState.Closing:
                core.Raise(tcb, EngineEvents.WritesClosed);
                core.EnterTimeWait(tcb, now);
                break;
            case TcpState.LastAck:
                core.Raise(tcb, EngineEvents.WritesClosed);
                core.Delete(tcb, EngineError.None);
                break;
        }
    }
}
