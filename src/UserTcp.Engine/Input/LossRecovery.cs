using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// Finds out what is lost, and decides what is sent again and how much may be in flight meanwhile: by RACK (RFC 8985) or RFC 6675 with SACK,
/// by duplicate ACKs (RFC 5681, RFC 6582) without. Changes state only; what is missing goes out with the output.
/// </summary>
internal static class LossRecovery
{
    // Sooner no peer can be expected to have been scheduled.
    private static readonly TimeSpan MinProbeTimeout = TimeSpan.FromMilliseconds(10);

    // TLP.max_ack_delay: what peers hold back an ACK for at most, as far as is known.
    private static readonly TimeSpan MaxAckDelay = TimeSpan.FromMilliseconds(200);


    /// <summary>An acceptable ACK has arrived.</summary>
    public static void OnAck(EngineState engine, Tcb tcb, in AckInfo ack)
    {
        if (tcb.Loss.Flight is not { } flight)
            return;
        var forward = flight.Board.Forward;
        var delivery = new Delivery(ack.Now);
        if (ack.Acknowledged > 0)
            flight.Board.Acknowledge(tcb.Snd.Una, ref delivery);
        var duplicates = SackArrives.Handle(engine, tcb, flight, ack, ref delivery);
        Deliver(tcb, flight, ack, delivery, forward);

        var wasReducing = flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced;
        if (flight.TailLossProbe.OnAck(ack.Ack, duplicates > 0, ack.IsDuplicate) && flight.State == RecoveryState.Open)
            ReduceWindow(tcb, flight, CongestionEvent.Loss, tcb.Snd.FlightSize + ack.Acknowledged, ack.Now);
        if (SpuriousDetection.Detects(tcb, flight, ack, delivery))
            SpuriousDetection.Undo(engine, tcb, flight);
        if (flight.State != RecoveryState.Open && tcb.Snd.Una >= flight.RecoveryPoint && ack.Acknowledged > 0)
            End(tcb, flight);
        flight.Spurious.OnAcknowledged(tcb.Snd.Una);

        var lost = LossDetection.OnAck(engine, tcb, flight, ack, delivery);
        if (lost > 0 && flight.State is RecoveryState.Open or RecoveryState.WindowReduced)
            Enter(engine, tcb, flight, lost, delivery.Octets, ack.Now);
        UpdateWindow(tcb, flight, ack, delivery, lost, wasReducing);
        // One that has not gone out yet has nothing to find out any more.
        tcb.Pending.TailLossProbe &= flight.IsTailLossProbeUseful;
    }

    /// <summary>Octets [from, from + length) go out, a FIN among them counted as one; SND.NXT is not moved yet.</summary>
    public static void OnSent(EngineState engine, Tcb tcb, SeqNum from, int length, bool isRetransmission, MonotonicTime now)
    {
        var flight = tcb.Loss.Flight ??= engine.Flights.Rent(SeqNum.Max(tcb.Snd.Una, tcb.SendQueue.Start), tcb.DataAcknowledged, now);
        var sent = new SentRange
        {
            SentAt = now,
            Snapshot = flight.SnapshotAtSend(length, now),
            End = from + length,
            Segments = (ushort)Math.Min((length + tcb.Snd.Mss - 1) / tcb.Snd.Mss, ushort.MaxValue),
        };
        if (isRetransmission)
        {
            flight.Board.MarkRetransmitted(from, sent);
            flight.IsForced = false;
            if (flight is { State: RecoveryState.Recovery, Reason: SegmentReason.FastRetransmit })
                flight.Reason = SegmentReason.LostSegment;
            // A tail loss probe is none of what a recovery sends again.
            if (flight.State != RecoveryState.Open)
                flight.Spurious.OnRetransmitted(from, length, tcb.Ts.At(now));
            // RFC 6675 section 6: a recovery may take longer than the timer, which then is for what was sent again.
            if (flight.State == RecoveryState.Recovery && from == tcb.Snd.Una)
                tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
        }
        else
        {
            flight.Board.Append(sent);
        }

        if (flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced)
            flight.Prr.OnSent(length);
    }

    /// <summary>
    /// The retransmission timer has expired (RFC 6298 section 5.4): what is outstanding counts as lost, and the window is that of one segment.
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
        LossDetection.OnTimeout(engine, tcb, flight, now);
        Begin(tcb, flight, RecoveryState.Timeout, SegmentReason.RetransmissionTimeout);
        flight.FrtoPending = isFirst;
    }

    /// <summary>A segment that was overtaken has been given the time that there was (RFC 8985 section 6.3).</summary>
    public static void OnReorderingTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { } flight)
            return;
        var lost = LossDetection.Detect(engine, tcb, flight, now);
        if (lost == 0)
            return;
        if (flight.State is RecoveryState.Open or RecoveryState.WindowReduced)
            Enter(engine, tcb, flight, lost, delivered: 0, now);
        if (flight.State == RecoveryState.Recovery)
            flight.Prr.OnAck(0, isSafe: false, flight.Board.Pipe, tcb.Snd.Mss);
    }

    /// <summary>
    /// The peer has seen a mark of congestion, with <paramref name="outstanding"/> octets in flight before that (RFC 3168 section 6.1.2): the
    /// window comes down, at most once in a round trip.
    /// </summary>
    /// <returns>True when it does.</returns>
    public static bool OnEce(Tcb tcb, int outstanding, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { State: RecoveryState.Open } flight)
            return false;
        ReduceWindow(tcb, flight, CongestionEvent.Ece, outstanding, now);
        // The ACK that begins it lets something out as any other does.
        var delivered = outstanding - tcb.Snd.FlightSize;
        flight.Prr.OnAck(delivered, isSafe: delivered > 0, flight.Board.Pipe, tcb.Snd.Mss);
        // With nothing in flight no further ACK would end it.
        if (tcb.Snd.FlightSize == 0)
            End(tcb, flight);
        return true;
    }

    /// <summary>
    /// What is outstanding has probably not arrived, though not for congestion: the window was closed over it, or it was too big
    /// for the path. It is sent again without any blame.
    /// </summary>
    public static void RetransmitAll(Tcb tcb, SegmentReason reason)
    {
        if (tcb.Loss.Flight is not { } flight)
            return;
        // A probe of the path's MTU goes out in smaller pieces, whose arrival shows nothing of its size.
        if (tcb.PathMtu is { } search)
            search.ProbeSize = 0;
        flight.Board.MarkFirstLost(tcb.Snd.FlightSize);
        Begin(tcb, flight, RecoveryState.RetransmitAll, reason);
    }

    /// <summary>
    /// Looks after the end of the flight in time (RFC 8985 section 7.2), unless losses are known already. A flight of one segment may be
    /// acknowledged late.
    /// </summary>
    public static void ScheduleTailLossProbe(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.SackOk || tcb.Rtt.Srtt == TimeSpan.Zero || engine.Options.LossDetection != LossDetectionMethod.Rack)
            return;
        if (tcb.Loss.Flight is not { IsTailLossProbeUseful: true, TailLossProbe.IsOut: false })
        {
            tcb.Timers.Stop(TcbTimer.TailLossProbe);
            return;
        }

        var delay = Math.Max(2 * tcb.Rtt.Srtt.Ticks, MinProbeTimeout.Ticks);
        if (tcb.Snd.FlightSize <= tcb.Snd.Mss)
            delay += MaxAckDelay.Ticks;
        var deadline = now + TimeSpan.FromTicks(delay);
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

    /// <summary>Octets that may go out now as far as congestion is concerned; negative when there are too many in the network.</summary>
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
            RecoveryState.Recovery when !tcb.SackOk => window + flight.Duplicates.Inflation - tcb.Snd.FlightSize,
            RecoveryState.Recovery or RecoveryState.WindowReduced => flight.Prr.Window - pipe,
            RecoveryState.Open when !tcb.SackOk => window + flight.Duplicates.Limited(tcb.Snd.Mss) - pipe,
            _ => window - pipe,
        };
    }

    /// <summary>
    /// No new text may go out, of which some was to show whether a timeout was for nothing: it counts as right, and what is missing goes
    /// out (RFC 5682 section 2.1, step 2 b).
    /// </summary>
    /// <returns>True when it was so.</returns>
    public static bool AbandonFrto(Tcb tcb)
    {
        if (tcb.Loss.Flight is not { FrtoSendingNewData: true } flight || tcb.Snd.Nxt != flight.RecoveryPoint)
            return false;
        flight.FrtoPending = flight.FrtoSendingNewData = false;
        return true;
    }

    /// <summary>
    /// Nothing more is there to be sent, though the congestion window has room: how fast it arrives does not tell what the path could do
    /// (draft-ietf-ccwg-bbr, section 4.1.2.4).
    /// </summary>
    public static void OnApplicationLimited(Tcb tcb)
    {
        if (tcb.Loss.Flight is { Board: { NeedsRetransmission: false } board } flight && board.Pipe < tcb.Congestion.Window)
            flight.ApplicationLimitedUntil = flight.Delivered + board.Pipe;
    }

    /// <summary>Everything is acknowledged: what was known of it is not needed any more, unless there is still something to be heard of it.</summary>
    public static void OnNothingInFlight(EngineState engine, Tcb tcb)
    {
        if (tcb.Loss.Flight is { TailLossProbe.IsOut: false, Spurious.IsPending: false })
            Lifecycle.ReleaseFlight(engine, tcb);
    }

    private static void Begin(Tcb tcb, Flight flight, RecoveryState state, SegmentReason reason)
    {
        flight.State = state;
        flight.RecoveryPoint = tcb.Snd.Nxt;
        flight.Reason = reason;
        flight.IsForced = true;
        flight.FrtoPending = flight.FrtoSendingNewData = false;
        flight.TailLossProbe.Clear();
        flight.Duplicates.Clear();
    }

    /// <summary>What the ACK says of time and order.</summary>
    private static void Deliver(Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery, SeqNum forward)
    {
        if (delivery.Octets == 0)
            return;
        flight.Delivered += delivery.Octets;
        flight.DeliveredAt = ack.Now;
        if (flight.ApplicationLimitedUntil < flight.Delivered)
            flight.ApplicationLimitedUntil = 0;
        // RFC 8985 section 6.2 step 3: something sent once has arrived after something behind it.
        if (delivery.Originals > 0 && delivery.FirstOriginalEnd < forward)
            tcb.Loss.Reordering.IsReorderingSeen = true;
        // Behind a gap the echo is that of a segment before it (RFC 7323 section 4.3), and tells nothing of what has arrived now.
        var echoesOriginal = ack.Echo is { } echo && delivery.LatestEnd <= tcb.Snd.Una
            && TimestampState.IsBefore(echo, tcb.Ts.At(delivery.LatestSentAt));
        Measure(tcb, ack, delivery, echoesOriginal);
        flight.Rack.OnDelivered(delivery, tcb.Rtt.MinRtt, echoesOriginal);
    }

    /// <summary>
    /// RTTM. What was sent once is timed to the tick; what was sent again only by its timestamps, in milliseconds (RFC 6298 section 3). An
    /// ACK that comes later than its copy could bring it, and is for the original, tells of an ACK that was lost rather than of the path.
    /// </summary>
    private static void Measure(Tcb tcb, in AckInfo ack, in Delivery delivery, bool echoesOriginal)
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

    /// <summary>Lost segments have been found: fast recovery begins.</summary>
    private static void Enter(EngineState engine, Tcb tcb, Flight flight, int lost, int delivered, MonotonicTime now)
    {
        if (PathMtuDiscovery.TakesBlame(tcb, flight.Board, lost))
        {
            Begin(tcb, flight, RecoveryState.RetransmitAll, SegmentReason.PathMtu);
            return;
        }

        var outstanding = flight.Duplicates.FlightAtLoss(tcb.Snd, tcb.Congestion.Window);
        // A reduction that has just begun for a mark is the one.
        if (flight.State != RecoveryState.WindowReduced)
        {
            tcb.Congestion.OnCongestion(CongestionEvent.Loss, outstanding, now);
            flight.Prr.Begin(tcb.Congestion.SlowStartThreshold, tcb.Snd.FlightSize - flight.Board.Sacked + delivered);
            flight.Spurious.Begin();
        }

        Begin(tcb, flight, RecoveryState.Recovery, SegmentReason.FastRetransmit);
        if (!tcb.SackOk)
            flight.Duplicates.BeginRecovery(tcb.Snd);
        tcb.Ecn.OnReduced(tcb.Snd.Nxt);
        engine.Counters.Add(Counter.FastRetransmits);
    }

    private static void ReduceWindow(Tcb tcb, Flight flight, CongestionEvent what, int outstanding, MonotonicTime now)
    {
        // From here on an earlier reduction cannot be taken back by itself.
        flight.Spurious.Clear();
        tcb.Congestion.OnCongestion(what, outstanding, now);
        flight.Prr.Begin(tcb.Congestion.SlowStartThreshold, outstanding - flight.Board.Sacked);
        tcb.Ecn.OnReduced(tcb.Snd.Nxt);
        flight.State = RecoveryState.WindowReduced;
        flight.RecoveryPoint = tcb.Snd.Nxt;
    }

    private static void End(Tcb tcb, Flight flight)
    {
        if (flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced)
        {
            // Rate reduction has come to ssthresh gently; after RFC 6582 little may be in flight, and no burst shall follow.
            var gently = tcb.SackOk || flight.State == RecoveryState.WindowReduced;
            tcb.Congestion.OnRecovered(gently ? tcb.Congestion.SlowStartThreshold : tcb.Snd.FlightSize);
        }

        if (flight.State is RecoveryState.Recovery or RecoveryState.Timeout)
            tcb.Loss.Reordering.OnRecovered();
        flight.Duplicates.Clear();
        flight.FrtoPending = flight.FrtoSendingNewData = false;
        flight.State = RecoveryState.Open;
        flight.Spurious.OnRecovered(tcb.Snd.Nxt);
    }

    /// <summary>How much may be in flight from now on.</summary>
    private static void UpdateWindow(Tcb tcb, Flight flight, in AckInfo ack, in Delivery delivery, int lost, bool wasReducing)
    {
        var isReducing = flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced;
        if (isReducing)
            flight.Prr.OnAck(delivery.Octets, isSafe: ack.Acknowledged > 0 && lost == 0, flight.Board.Pipe, tcb.Snd.Mss);
        var rate = flight.RateOf(delivery, tcb.Rtt.MinRtt);
        if (delivery.Octets == 0 || ((isReducing || wasReducing) && !tcb.Congestion.OwnsRecovery))
            return;
        tcb.Congestion.OnAcknowledged(new AckSample
        {
            Now = ack.Now,
            // After a timeout what SACK told of before has had its credit already.
            Acknowledged = flight.State == RecoveryState.Open ? ack.Acknowledged : Math.Min(ack.Acknowledged, delivery.Octets),
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
