using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// The conductor of loss recovery: calls the algorithms of the Recovery folder in order, and passes them what they need
/// of the connection. Losses are detected by RACK (RFC 8985) or RFC 6675 with SACK, by duplicate ACKs (RFC 5681, RFC
/// 6582) without. It only changes state; retransmissions go out with the output.
/// </summary>
internal static class LossRecovery
{
    /// <summary>An acceptable ACK has arrived.</summary>
    /// <returns>What it means for the data in flight.</returns>
    public static SegmentMeaning OnAck(EngineState engine, Tcb tcb, in AckInfo ack)
    {
        if (tcb.Loss.Flight is not { } flight)
            return SegmentMeaning.None;
        var before = flight.State;
        var forward = flight.Board.Forward;
        var delivery = new Delivery(ack.Now);
        if (ack.Acknowledged > 0)
            flight.Board.Acknowledge(tcb.Snd.Una, ref delivery);
        var sacked = flight.Board.Sacked;
        var duplicates = SackInput.Apply(engine, tcb, flight, ack, ref delivery);
        sacked = flight.Board.Sacked - sacked;
        Deliver(tcb, flight, ack, delivery, forward);
        var wasReducing = flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced;
        var outstanding = tcb.Snd.FlightSize + ack.Acknowledged;
        if (flight.TailLossProbe.OnAck(ack.Ack, duplicates > 0, ack.IsDuplicate) && flight.State == RecoveryState.Open)
            BeginWindowReduction(tcb, flight, CongestionEvent.Loss, outstanding, ack.Now);
        var isUndone = UndoIfSpurious(engine, tcb, flight, ack, delivery);
        if (flight.State != RecoveryState.Open && tcb.Snd.Una >= flight.RecoveryPoint && ack.Acknowledged > 0)
            EndRecovery(tcb, flight);
        flight.Spurious.OnAcknowledged(tcb.Snd.Una);
        var wasInRecovery = flight.State == RecoveryState.Recovery;
        flight.Board.ClearMarked();
        var lost = DetectLoss(engine, tcb, flight, ack, delivery);
        LossReport.Send(
            engine, tcb, flight, LossReport.RuleOf(UsesRack(engine, tcb), tcb.SackOk, wasInRecovery), lost);
        if (lost > 0 && (flight.State is RecoveryState.Open or RecoveryState.WindowReduced))
            EnterFastRecovery(engine, tcb, flight, lost, delivery.Octets, ack.Now);
        UpdateCongestionWindow(tcb, flight, ack, delivery, lost, wasReducing);
        // Cancels a pending tail loss probe that this ACK made useless.
        tcb.Pending.TailLossProbe &= TailLossProbe.IsUseful(flight);
        return LossReport.MeaningOf(before, flight.State, ack.Acknowledged, sacked, duplicates, isUndone);
    }

    /// <summary>
    /// Bytes [from, from + length) go out, a FIN among them counted as one. SND.NXT has not been advanced yet.
    /// </summary>
    public static void OnSent(
        EngineState engine, Tcb tcb, SeqNum from, int length, bool isRetransmission, MonotonicTime now)
    {
        var flight = tcb.Loss.Flight ??= engine.Flights.Rent(
            SeqNum.Max(tcb.Snd.Una, tcb.SendQueue.Start), tcb.DataAcknowledged, now);
        var sent = new SentRange
        {
            SentAt = now,
            Snapshot = flight.RecordSend(length, now),
            End = from + length,
            Segments = (ushort)Math.Min((length + tcb.Snd.Mss - 1) / tcb.Snd.Mss, ushort.MaxValue),
        };
        if (isRetransmission)
            OnRetransmitted(engine, tcb, flight, from, length, sent);
        else
            flight.Board.Append(sent);
        if (flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced)
            flight.Prr.OnSent(length);
    }

    /// <summary>
    /// The retransmission timer has expired (RFC 6298 section 5.4): data in flight is lost, and cwnd is one segment.
    /// </summary>
    public static void OnTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        var isFirst = tcb.Loss.Timeouts == 0;
        tcb.Loss.CountTimeout();
        if (tcb.Loss.Flight is not { } flight)
            return;
        tcb.Congestion.OnTimeout(tcb.Snd.FlightSize, isFirst, now);
        if (isFirst)
            flight.Spurious.Begin();
        tcb.Timers.Stop(TcbTimer.Reordering);
        // SACK information that the peer has reneged on counts no more (RFC 2018 section 8).
        if (flight.Board.IsReneged)
            flight.Board.ForgetSacked();
        flight.Board.ClearMarked();
        var lost = UsesRack(engine, tcb)
            ? flight.Rack.DetectLossAfterTimeout(flight.Board, ReorderingWindow(tcb, flight), now)
            : flight.Board.MarkFirstLost(tcb.Snd.FlightSize);
        LossReport.Send(engine, tcb, flight, LossRule.RetransmissionTimeout, lost);
        BeginRetransmitting(tcb, flight, RecoveryState.Timeout, SegmentReason.RetransmissionTimeout);
        // After BeginRetransmitting, which ends the F-RTO of an earlier timeout.
        if (isFirst)
            flight.Spurious.BeginFrto();
    }

    /// <summary>RACK's reordering timer has expired (RFC 8985 section 6.3): some segments may be lost now.</summary>
    public static void OnReorderingTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { } flight)
            return;
        flight.Board.ClearMarked();
        var lost = DetectLossWithSack(engine, tcb, flight, now);
        if (lost == 0)
            return;
        LossReport.Send(engine, tcb, flight, LossRule.RackTimer, lost);
        if (flight.State is RecoveryState.Open or RecoveryState.WindowReduced)
            EnterFastRecovery(engine, tcb, flight, lost, delivered: 0, now);
        if (flight.State == RecoveryState.Recovery)
            flight.Prr.OnAck(0, isSafe: false, flight.Board.Pipe, tcb.Snd.Mss);
    }

    /// <summary>
    /// An ECN-echo has arrived (RFC 3168 section 6.1.2) with <paramref name="outstanding"/> bytes in flight before its
    /// ACK.
    /// </summary>
    /// <returns>True when cwnd is reduced: at most once in a round trip.</returns>
    public static bool OnEce(Tcb tcb, int outstanding, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { State: RecoveryState.Open } flight)
            return false;
        BeginWindowReduction(tcb, flight, CongestionEvent.Ece, outstanding, now);
        var delivered = outstanding - tcb.Snd.FlightSize;
        flight.Prr.OnAck(delivered, isSafe: delivered > 0, flight.Board.Pipe, tcb.Snd.Mss);
        // With nothing in flight no later ACK would end it.
        if (tcb.Snd.FlightSize == 0)
            EndRecovery(tcb, flight);
        return true;
    }

    /// <summary>
    /// Retransmits all data in flight without a reduction of cwnd: it was not lost to congestion, since the window was
    /// closed over it, or it was too big for the path.
    /// </summary>
    public static void RetransmitAll(EngineState engine, Tcb tcb, SegmentReason reason)
    {
        if (tcb.Loss.Flight is not { } flight)
            return;
        // An MTU probe is retransmitted in smaller segments, whose ACK shows nothing of its size.
        if (tcb.PathMtu is { } search)
            search.ProbeSize = 0;
        flight.Board.ClearMarked();
        var lost = flight.Board.MarkFirstLost(tcb.Snd.FlightSize);
        var rule = reason == SegmentReason.WindowReopened ? LossRule.WindowReopened : LossRule.PathMtu;
        LossReport.Send(engine, tcb, flight, rule, lost);
        BeginRetransmitting(tcb, flight, RecoveryState.RetransmitAll, reason);
    }

    /// <summary>
    /// Starts the probe timeout for the end of the flight (RFC 8985 section 7.2), or stops it when a tail loss probe is
    /// useless.
    /// </summary>
    public static void ScheduleTailLossProbe(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!UsesRack(engine, tcb) || tcb.Rtt.Srtt == TimeSpan.Zero)
            return;
        if (tcb.Loss.Flight is not { TailLossProbe.IsInFlight: false } flight || !TailLossProbe.IsUseful(flight))
        {
            tcb.Timers.Stop(TcbTimer.TailLossProbe);
            return;
        }

        var deadline = now + TailLossProbe.Timeout(tcb.Rtt.Srtt, isSingleSegment: tcb.Snd.FlightSize <= tcb.Snd.Mss);
        tcb.Timers.Set(TcbTimer.TailLossProbe, MonotonicTime.Min(deadline, tcb.Timers[TcbTimer.Retransmission]));
    }

    /// <summary>A tail loss probe goes out; the retransmission timer counts from it (RFC 8985 section 7.3).</summary>
    public static void OnTailLossProbeSent(EngineState engine, Tcb tcb, bool isRetransmission, MonotonicTime now)
    {
        tcb.Pending.TailLossProbe = false;
        tcb.Loss.Flight?.TailLossProbe.OnSent(tcb.Snd.Nxt, isRetransmission);
        tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
        engine.Counters.Add(Counter.TailLossProbes);
    }

    /// <summary>Bytes that congestion control lets out now; negative when too many are in flight.</summary>
    public static long Usable(Tcb tcb)
    {
        var window = tcb.Congestion.Window;
        if (tcb.Loss.Flight is not { } flight)
            return window;
        var pipe = flight.Board.Pipe;
        if (tcb.Congestion.OwnsRecovery)
            return window - pipe;
        return flight.State switch
        {
            RecoveryState.Recovery when !tcb.SackOk => window + flight.DupAcks.Inflation - tcb.Snd.FlightSize,
            RecoveryState.Recovery or RecoveryState.WindowReduced => flight.Prr.Window - pipe,
            RecoveryState.Open when !tcb.SackOk => window + flight.DupAcks.LimitedTransmit(tcb.Snd.Mss) - pipe,
            _ => window - pipe,
        };
    }

    /// <summary>
    /// F-RTO waits for new data that cannot go out, so it ends, and lost data is retransmitted (RFC 5682 section 2.1
    /// step 2b).
    /// </summary>
    public static void AbandonFrto(Tcb tcb) => tcb.Loss.Flight!.Spurious.EndFrto();

    /// <summary>
    /// The application has no more data though cwnd has room: the delivery rate does not show what the path can do
    /// (draft-ietf-ccwg-bbr section 4.1.2.4).
    /// </summary>
    public static void OnApplicationLimited(Tcb tcb)
    {
        if (tcb.Loss.Flight is { Board: { NeedsRetransmission: false } board } flight
            && board.Pipe < tcb.Congestion.Window)
        {
            flight.ApplicationLimitedUntil = flight.Delivered + board.Pipe;
        }
    }

    /// <summary>All data is acknowledged: the flight goes, unless a probe or a D-SACK is still waited for.</summary>
    public static void OnNothingInFlight(EngineState engine, Tcb tcb)
    {
        if (tcb.Loss.Flight is { TailLossProbe.IsInFlight: false, Spurious.IsPending: false })
            Lifecycle.ReleaseFlight(engine, tcb);
    }

    private static bool UsesRack(EngineState engine, Tcb tcb) =>
        tcb.SackOk && engine.Options.LossDetection == LossDetectionMethod.Rack;

    /// <summary>RACK.reo_wnd now.</summary>
    internal static TimeSpan ReorderingWindow(Tcb tcb, Flight flight) => tcb.Loss.Reordering.Length(
        flight.State is RecoveryState.Recovery or RecoveryState.Timeout, flight.Board.SackedSegments,
        tcb.Rtt.MinRtt, tcb.Rtt.Srtt);

    /// <summary>Measures the RTT, detects reordering, and tells RACK what was delivered.</summary>
    private static void Deliver(Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery, SeqNum forward)
    {
        if (delivery.Octets == 0)
            return;
        flight.RecordDelivery(delivery);
        // RFC 8985 section 6.2 step 3: data sent once was delivered after data above it.
        if (delivery.Originals > 0 && delivery.FirstOriginalEnd < forward)
            tcb.Loss.Reordering.IsReorderingSeen = true;
        // Behind a hole the echo is that of a segment before it (RFC 7323 section 4.3).
        var echoesOriginal = ack.Echo is { } echo && delivery.LatestEnd <= tcb.Snd.Una
            && TimestampClock.IsBefore(echo, tcb.Ts.At(delivery.LatestSentAt));
        MeasureRoundTrip(tcb, ack, delivery, echoesOriginal);
        flight.Rack.OnDelivered(delivery, tcb.Rtt.MinRtt, echoesOriginal);
    }

    /// <summary>
    /// RTTM. Data sent once is timed to the tick, retransmitted data only by its timestamps, in milliseconds (RFC 6298
    /// section 3). When the ACK is for the original but comes later than the retransmission's could, an ACK was lost,
    /// and the time is not the path's.
    /// </summary>
    private static void MeasureRoundTrip(Tcb tcb, in AckInfo ack, in Delivery delivery, bool echoesOriginal)
    {
        if (delivery.Ambiguous == 0 && delivery.RoundTrip is { } roundTrip)
        {
            tcb.Rtt.UpdateMinRtt(roundTrip, ack.Now);
            tcb.Rtt.Measure(roundTrip, ack.ExpectedSamples);
        }
        else if (ack.Acknowledged > 0 && ack.EchoedRoundTrip is { } echoed &&
            (!echoesOriginal || ack.Now - delivery.LatestSentAt < tcb.Rtt.MinRtt))
        {
            tcb.Rtt.Measure(echoed, ack.ExpectedSamples);
        }
    }

    private static int DetectLoss(EngineState engine, Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery)
    {
        if (!tcb.SackOk)
            return DupAckRecovery.DetectLoss(flight, ack, tcb.Snd.Una, tcb.Snd.Nxt, tcb.Snd.Mss);
        // Also without a hole: a retransmission that was delivered was sent after the end of the flight.
        return delivery.Octets == 0 ? 0 : DetectLossWithSack(engine, tcb, flight, ack.Now);
    }

    private static int DetectLossWithSack(EngineState engine, Tcb tcb, Flight flight, MonotonicTime now)
    {
        if (!UsesRack(engine, tcb))
            return DupAckRecovery.DetectLossBySack(flight.Board, tcb.Snd.Mss);
        var lost = flight.Rack.DetectLoss(flight.Board, ReorderingWindow(tcb, flight), now, out var lookAgain);
        if (lookAgain == MonotonicTime.Never)
            tcb.Timers.Stop(TcbTimer.Reordering);
        else
            tcb.Timers.Set(TcbTimer.Reordering, lookAgain);
        return lost;
    }

    /// <summary>Undoes a recovery that the ACK shows to be spurious, or after a timeout advances F-RTO.</summary>
    private static bool UndoIfSpurious(EngineState engine, Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery)
    {
        var isTimeout = flight.State == RecoveryState.Timeout;
        var isTimeoutSpurious = isTimeout && flight.Spurious.IsTimeoutSpurious(delivery, flight.RecoveryPoint);
        if (isTimeout && !isTimeoutSpurious)
        {
            SpuriousRecovery.AdvanceFrto(
                flight, ack, delivery, tcb.Snd.Una, tcb.Snd.Nxt,
                tcb.HasUnsent && tcb.Snd.Edge > tcb.Snd.Nxt, tcb.SackOk);
        }

        if (!isTimeoutSpurious && !flight.Spurious.IsAllDuplicate
            && !SpuriousRecovery.IsOriginalAcknowledged(flight, ack, tcb.Snd.Una))
        {
            return false;
        }

        engine.Counters.Add(Counter.SpuriousRecoveries);
        if (!isTimeout)
            tcb.Loss.Reordering.IsReorderingSeen = true;
        SpuriousRecovery.Undo(flight, tcb.Congestion);
        return true;
    }

    private static void OnRetransmitted(
        EngineState engine, Tcb tcb, Flight flight, SeqNum from, int length, in SentRange sent)
    {
        flight.Board.MarkRetransmitted(from, sent);
        flight.IsForced = false;
        if (flight is { State: RecoveryState.Recovery, Reason: SegmentReason.FastRetransmit })
            flight.Reason = SegmentReason.LostSegment;
        // A TLP does not count as one of the recovery's retransmissions.
        if (flight.State != RecoveryState.Open)
            flight.Spurious.OnRetransmitted(from, length, tcb.Ts.At(sent.SentAt));
        // RFC 6675 section 6: a recovery may outlast the timer, which then counts from this retransmission.
        if (flight.State == RecoveryState.Recovery && from == tcb.Snd.Una)
            tcb.Timers.Set(TcbTimer.Retransmission, sent.SentAt + tcb.Rtt.Rto(engine.Options));
    }

    private static void BeginRetransmitting(Tcb tcb, Flight flight, RecoveryState state, SegmentReason reason)
    {
        flight.State = state;
        flight.RecoveryPoint = tcb.Snd.Nxt;
        flight.Reason = reason;
        flight.IsForced = true;
        flight.Spurious.EndFrto();
        flight.TailLossProbe.Clear();
        flight.DupAcks.Clear();
    }

    /// <summary>Losses have been detected: fast recovery begins.</summary>
    private static void EnterFastRecovery(
        EngineState engine, Tcb tcb, Flight flight, int lost, int delivered, MonotonicTime now)
    {
        if (PathMtuDiscovery.AttributeLoss(tcb, flight.Board, lost))
        {
            BeginRetransmitting(tcb, flight, RecoveryState.RetransmitAll, SegmentReason.PathMtu);
            return;
        }

        var outstanding = flight.DupAcks.FlightSizeAtLoss(tcb.Snd.FlightSize, tcb.Congestion.Window);
        // A reduction of cwnd that has begun already continues.
        if (flight.State != RecoveryState.WindowReduced)
        {
            tcb.Congestion.OnCongestion(CongestionEvent.Loss, outstanding, now);
            flight.Prr.Begin(tcb.Congestion.SlowStartThreshold, tcb.Snd.FlightSize - flight.Board.Sacked + delivered);
            flight.Spurious.Begin();
        }

        BeginRetransmitting(tcb, flight, RecoveryState.Recovery, SegmentReason.FastRetransmit);
        if (!tcb.SackOk)
            flight.DupAcks.BeginRecovery(tcb.Snd.FlightSize, tcb.Snd.Mss);
        tcb.Ecn.OnReduced(tcb.Snd.Nxt);
        engine.Counters.Add(Counter.FastRetransmits);
    }

    /// <summary>Congestion without a known loss: PRR reduces cwnd over a round trip.</summary>
    private static void BeginWindowReduction(
        Tcb tcb, Flight flight, CongestionEvent what, int outstanding, MonotonicTime now)
    {
        // An earlier reduction cannot be undone by itself any more.
        flight.Spurious.Clear();
        tcb.Congestion.OnCongestion(what, outstanding, now);
        flight.Prr.Begin(tcb.Congestion.SlowStartThreshold, outstanding - flight.Board.Sacked);
        tcb.Ecn.OnReduced(tcb.Snd.Nxt);
        flight.State = RecoveryState.WindowReduced;
        flight.RecoveryPoint = tcb.Snd.Nxt;
    }

    private static void EndRecovery(Tcb tcb, Flight flight)
    {
        if (flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced)
        {
            // PRR has brought what is in flight to ssthresh. After RFC 6582 little is in flight: avoid a burst.
            var byPrr = tcb.SackOk || flight.State == RecoveryState.WindowReduced;
            tcb.Congestion.OnRecovered(byPrr ? tcb.Congestion.SlowStartThreshold : tcb.Snd.FlightSize);
        }

        if (flight.State is RecoveryState.Recovery or RecoveryState.Timeout)
            tcb.Loss.Reordering.OnRecovered();
        flight.DupAcks.Clear();
        flight.Spurious.EndFrto();
        flight.State = RecoveryState.Open;
        flight.Spurious.OnRecovered(tcb.Snd.Nxt);
    }

    /// <summary>Tells PRR and congestion control of the ACK: how much may be in flight from now on.</summary>
    private static void UpdateCongestionWindow(
        Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery, int lost, bool wasReducing)
    {
        var isReducing = flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced;
        if (isReducing)
        {
            flight.Prr.OnAck(
                delivery.Octets, isSafe: ack.Acknowledged > 0 && lost == 0, flight.Board.Pipe, tcb.Snd.Mss);
        }

        var rate = flight.SampleRate(delivery, tcb.Rtt.MinRtt);
        if (delivery.Octets == 0 || ((isReducing || wasReducing) && !tcb.Congestion.OwnsRecovery))
            return;
        tcb.Congestion.OnAcknowledged(new AckSample
        {
            Now = ack.Now,
            // After a timeout, data that was SACKed before has been counted already.
            Acknowledged = flight.State == RecoveryState.Open
                ? ack.Acknowledged
                : Math.Min(ack.Acknowledged, delivery.Octets),
            Delivered = delivery.Octets,
            Lost = lost,
            Una = tcb.Snd.Una,
            Nxt = tcb.Snd.Nxt,
            InFlight = flight.Board.Pipe,
            RoundTrip = delivery.RoundTrip,
            SmoothedRtt = tcb.Rtt.Srtt,
            WindowWasUsed = ack.WindowWasUsed,
            IsInRecovery = isReducing,
            Rate = rate,
        });
    }
}
