using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>Fifth step: the ACK field (RFC 9293 section 3.10.7.4).</summary>
internal static class AckStep
{
    public static Disposition Handle(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        var segment = arrival.Segment;
        var now = arrival.Now;
        if (tcb.State == TcpState.SynReceived)
        {
            var disposition = HandleSynReceived(engine, tcb, ref arrival);
            if (disposition != Disposition.Accepted)
                return disposition;
        }

        ref var snd = ref tcb.Snd;
        // RFC 5961 section 5.2 (MAY-12): SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT.
        if (!SeqRange.Between(OldestAck(tcb), snd.Nxt).ContainsOrEnds(segment.Ack))
        {
            ChallengeAck.Request(engine, tcb, SegmentReason.ChallengeAck, ref arrival);
            return Disposition.AckUnacceptable;
        }

        tcb.LastAckReceived = now;
        RecordTimestamp(tcb, arrival);
        var window = WindowOf(tcb, segment);
        var info = new AckInfo
        {
            Now = now,
            Ack = segment.Ack,
            Acknowledged = Math.Max(segment.Ack - snd.Una, 0),
            IsDuplicate = IsDuplicate(tcb, segment, window),
            Echo = arrival.Timestamps?.Echo,
            EchoedRoundTrip = RoundTrip(engine, tcb, arrival),
            ExpectedSamples = ExpectedSamples(snd),
            Blocks = tcb.SackOk ? arrival.Options.Sack : default,
            // RFC 3168 section 6.1.2: an ACK with ECE does not increase cwnd.
            WindowWasUsed = tcb.Loss.Flight is not null && !tcb.Ecn.IsEcho(segment.Flags)
                && tcb.WindowUsage.IsEnoughFor(tcb.CongestionWindow),
        };
        arrival.Meaning |= MeaningOf(tcb, info);
        if (info.Acknowledged > 0)
            Acknowledge(engine, tcb, info);
        engine.At(FaultPoint.AckTaken);
        arrival.Meaning |= LossRecovery.OnAck(engine, tcb, info);
        if (tcb.Ecn.Ok && segment.Ack >= snd.Una)
            OnEce(engine, tcb, ref arrival, info.Acknowledged);
        if (engine.Options.Pacing && tcb.Loss.Flight is not null)
            tcb.Congestion.Pace(tcb.Rtt.Srtt, now);
        if (info.Acknowledged > 0)
            RestartTimers(engine, tcb, now);
        if (segment.Ack >= snd.Una)
            UpdateWindow(engine, tcb, ref arrival, window);
        AdvanceClose(engine, tcb, now);
        return Disposition.Accepted;
    }

    /// <summary>
    /// Records TS.Recent, only once the ACK is acceptable: an attacker who has to guess (RFC 5961) could otherwise
    /// advance it, and PAWS would reject the peer's segments.
    /// </summary>
    internal static void RecordTimestamp(Tcb tcb, in Arrival arrival)
    {
        if (arrival.Timestamps is { } timestamps)
            tcb.Ts.OnSegment(timestamps.Value, arrival.Segment.Seq, tcb.Rcv.AckSent, arrival.Now);
    }

    /// <summary>
    /// The lowest acceptable SEG.ACK: SND.UNA - MAX.SND.WND (RFC 5961 section 5.2), but not below our first byte, since
    /// nothing before it was ever sent.
    /// </summary>
    private static SeqNum OldestAck(Tcb tcb)
    {
        var acknowledged = tcb.DataAcknowledged + (tcb.IsFinAcknowledged ? 1 : 0);
        return tcb.Snd.Una - (uint)Math.Min(tcb.Snd.MaxWnd, acknowledged);
    }

    private static Disposition HandleSynReceived(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        var segment = arrival.Segment;
        if (!tcb.Snd.Outstanding.ContainsEnd(segment.Ack))
        {
            if (!arrival.MayFollowCookie)
            {
                arrival.Meaning |= SegmentMeaning.AnsweredByReset;
                Lifecycle.ReplyReset(engine, tcb.Tuple, segment, SegmentReason.ResetUnacceptableAck, tcb.Ts.Echo);
            }

            return Disposition.AckUnacceptable;
        }

        // The accept queue is full: the ACK is dropped. Our retransmitted SYN,ACK draws another one.
        if (tcb.Listener is { } listener && !tcb.IsOpenEarly && listener.Accepted.Count >= listener.Backlog)
            return Disposition.ListenDropped;
        engine.TimeWait.RemoveReopened(arrival.Tuple, arrival.Hash);
        Handshake.Complete(engine, tcb, segment.Ack, RoundTrip(engine, tcb, arrival), arrival.Now);
        tcb.Snd.SetWindow(arrival.Seq, segment.Ack, WindowOf(tcb, segment));
        return Disposition.Accepted;
    }

    /// <summary>
    /// RTTM (RFC 7323 section 4.1): the round-trip time by TSecr. It counts only for an ACK of new data.
    /// </summary>
    private static TimeSpan? RoundTrip(EngineState engine, Tcb tcb, in Arrival arrival) =>
        arrival.Timestamps is { } timestamps && !arrival.HasCookie
            ? tcb.Ts.RoundTrip(timestamps.Echo, arrival.Now, engine.Options.MaxRto)
            : null;

    /// <summary>
    /// ExpectedSamples (RFC 7323 appendix G): RTT samples in a round trip, with an ACK for every second segment.
    /// </summary>
    private static int ExpectedSamples(in SendSequence snd) => ((snd.FlightSize - 1) / (2 * snd.Mss)) + 1;

    /// <summary>
    /// SEG.WND in bytes. The window of a SYN is never scaled (RFC 7323 section 2.2), also in a simultaneous open.
    /// </summary>
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

    /// <summary>
    /// Restarts or stops the timers after SND.UNA has advanced (RFC 6298 sections 5.2 and 5.3, RFC 7765).
    /// </summary>
    private static void RestartTimers(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        tcb.Pending.TailLossProbe = false;
        if (tcb.Snd.FlightSize > 0)
        {
            var rto = tcb.Rtt.Rto(engine.Options);
            var deadline = RetransmissionTimer.Restart(
                tcb.Loss.Flight, rto, tcb.Rtt.Srtt, tcb.SendQueue.End - tcb.Snd.Una, tcb.Snd.Mss, now);
            tcb.Timers.Set(TcbTimer.Retransmission, deadline);
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

    /// <summary>Leaves persist mode: the window is open, or there is nothing to send.</summary>
    private static void EndPersist(Tcb tcb)
    {
        tcb.Timers.Stop(TcbTimer.Persist);
        tcb.Pending.ZeroWindowProbe = false;
        tcb.Pending.Override = false;
    }

    /// <summary>ECE reduces cwnd (RFC 3168 section 6.1.2), unless a loss has done so in this round trip.</summary>
    private static void OnEce(EngineState engine, Tcb tcb, ref Arrival arrival, int acknowledged)
    {
        var segment = arrival.Segment;
        tcb.Ecn.OnAcknowledged(tcb.Snd.Una);
        if (segment.Has(TcpFlags.Syn) || !tcb.Ecn.IsEcho(segment.Flags))
            return;
        arrival.Meaning |= SegmentMeaning.EceEcho;
        if (tcb.Ecn.ReducesWindow(segment.Flags)
            && LossRecovery.OnEce(tcb, tcb.Snd.FlightSize + acknowledged, arrival.Now))
        {
            arrival.Meaning |= SegmentMeaning.EceReduces;
            engine.Counters.Add(Counter.EceReceived);
        }
    }

    /// <summary>
    /// A duplicate ACK (RFC 5681 section 2): data outstanding, no data, no SYN or FIN, SEG.ACK = SND.UNA, SEG.WND =
    /// SND.WND. With a zero window it is the answer to a zero-window probe and indicates no loss.
    /// </summary>
    private static bool IsDuplicate(Tcb tcb, in TcpSegment segment, uint window) =>
        segment.Ack == tcb.Snd.Una && tcb.Snd.FlightSize > 0 && segment.Length == 0
        && window == tcb.Snd.Wnd && window > 0;

    /// <summary>
    /// Updates SND.WND from a segment not older than SND.WL1 and SND.WL2. SEG.SEQ is that of the trimmed segment
    /// (section 3.10.7.4): a retransmission with new data behind it is not old.
    /// </summary>
    private static void UpdateWindow(EngineState engine, Tcb tcb, ref Arrival arrival, uint window)
    {
        ref var snd = ref tcb.Snd;
        var (seq, ack, now) = (arrival.Seq, arrival.Segment.Ack, arrival.Now);
        if (snd.Wl1 == seq ? snd.Wl2 > ack : snd.Wl1 > seq)
            return;
        var wasZero = snd.Wnd == 0;
        arrival.Meaning |= WindowMeaningOf(tcb, arrival, window);
        snd.SetWindow(seq, ack, window);
        if (window == 0 && !wasZero)
            tcb.WindowClosedSince = now;
        if (window == 0 || !wasZero)
            return;

        // The window has reopened. The peer may have dropped what was outstanding when it closed.
        tcb.ZeroWindowProbes = 0;
        tcb.Loss.OnWindowOpened(tcb.WindowClosedSince, now);
        EndPersist(tcb);
        if (snd.FlightSize > 0 && !tcb.Timers.IsRunning(TcbTimer.Retransmission))
        {
            LossRecovery.RetransmitAll(engine, tcb, SegmentReason.WindowReopened);
            tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
        }
    }

    /// <summary>What SEG.ACK means; SND.UNA has not been advanced yet.</summary>
    private static SegmentMeaning MeaningOf(Tcb tcb, in AckInfo ack)
    {
        if (ack.Acknowledged > 0)
            return SegmentMeaning.NewAck;
        if (ack.IsDuplicate)
            return SegmentMeaning.DuplicateAck;
        return ack.Ack < tcb.Snd.Una ? SegmentMeaning.OldAck : SegmentMeaning.None;
    }

    /// <summary>What the window field means; SND.UNA has been advanced, SND.WND has not been updated yet.</summary>
    private static SegmentMeaning WindowMeaningOf(Tcb tcb, in Arrival arrival, uint window)
    {
        ref var snd = ref tcb.Snd;
        var isNews = (arrival.Meaning & SegmentMeaning.NewAck) != 0;
        if (window == 0 && snd.Wnd == 0)
        {
            return !isNews && tcb.ZeroWindowProbes > 0 && arrival.Segment.Length == 0
                ? SegmentMeaning.ProbeAnswer
                : SegmentMeaning.None;
        }

        if (window == 0)
            return SegmentMeaning.WindowClosed;
        if (snd.Wnd == 0)
            return tcb.IsSynchronized ? SegmentMeaning.WindowOpened : SegmentMeaning.None;
        if (isNews || arrival.Segment.Length > 0 || window == snd.Wnd)
            return SegmentMeaning.None;
        return window < snd.Wnd ? SegmentMeaning.WindowShrunk : SegmentMeaning.WindowUpdate;
    }

    /// <summary>Once our FIN is acknowledged: FIN-WAIT-1, CLOSING and LAST-ACK are left.</summary>
    private static void AdvanceClose(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsFinAcknowledged)
            return;
        switch (tcb.State)
        {
            case TcpState.FinWait1 when tcb.ResetsAfterFin:
                Lifecycle.Abort(engine, tcb);
                break;
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
