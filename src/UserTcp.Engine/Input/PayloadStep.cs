using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>Seventh step: the segment text (RFC 9293 section 3.10.7.4), and when to acknowledge it (section 3.8.6.3).</summary>
internal static class PayloadStep
{
    // As Linux does: the peer may be down to few segments in flight, and wait for each ACK.
    private const int QuickAcksAfterCe = 2;

    // Each run has a block of its own. Beyond that many, they may take twice the receive buffer.
    private const int FewBlocks = 64;

    /// <summary>Takes what is new. False when nobody will ever read it, and the connection has been reset for that (section 3.6.1).</summary>
    public static bool HandlePayload(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        if (tcb.State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2) && !tcb.IsOpenEarly)
            return true;
        // There is nothing after a FIN, whatever a later segment claims.
        if (tcb.Rcv.Fin is { } fin)
            arrival.Trim(tcb.Rcv.Nxt, SeqNum.Min(tcb.Rcv.Edge, fin));
        if (arrival.Payload.IsEmpty)
        {
            // Text came, but the window was closed: say so (section 3.10.7.4, first step).
            if (!arrival.Segment.Payload.IsEmpty)
                tcb.Pending.Ack = SegmentReason.UnacceptableSegment;
            return true;
        }

        if (tcb.IsOrphan)
        {
            Lifecycle.SendReset(engine, tcb, SegmentReason.ResetAfterClose);
            Lifecycle.Delete(engine, tcb, EngineError.ConnectionReset);
            return false;
        }

        RefillQuickAcks(engine, tcb, arrival.Now);
        if (tcb.Ecn.Ok)
            RecordCe(engine, tcb, arrival);
        if (tcb.SackOk)
            PayloadStep.RecordDuplicate(tcb, arrival);
        if (arrival.Seq != tcb.Rcv.Nxt)
            QueueOutOfOrder(engine, tcb, arrival);
        else if ((engine.Memory.IsExhausted && !MakeRoom(engine, tcb)) || !TryQueueInOrder(engine, tcb, ref arrival))
            DropForMemory(engine, tcb);
        return true;
    }

    /// <summary>
    /// RFC 3168 section 6.1.3. What brings nothing new counts as outside the window, where anybody could have marked it (section 6.1.5).
    /// </summary>
    private static void RecordCe(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        var held = tcb.OutOfOrder?.FirstHeld(arrival.Seq, arrival.Seq + arrival.Payload.Length);
        if (held is { } block && block.Left == arrival.Seq && block.Right - block.Left == arrival.Payload.Length)
            return;
        if (arrival.IsCe)
            engine.Counters.Add(Counter.CeReceived);
        if (tcb.Ecn.OnData(arrival.Segment.Flags, arrival.IsCe))
            tcb.Rcv.QuickAcks = Math.Max(tcb.Rcv.QuickAcks, QuickAcksAfterCe);
    }

    /// <summary>False, and nothing has changed, when there is no block to keep the data in.</summary>
    private static bool TryQueueInOrder(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        if (!TryDeliver(engine, tcb, ref arrival))
            return false;
        var filledGap = false;
        while (tcb.OutOfOrder?.DequeueContinuation(tcb.Rcv.Nxt) is { } chain)
        {
            var before = tcb.ReceiveQueue.Length;
            tcb.ReceiveQueue.Append(chain);
            Advance(engine, tcb, tcb.ReceiveQueue.Length - before);
            filledGap = true;
        }

        engine.Events.Raise(tcb, EngineEvents.Readable);
        BufferGrowth.OnData(engine, tcb, arrival);
        ScheduleAck(engine, tcb, arrival.Now, filledGap || tcb.OutOfOrder is { IsEmpty: false });
        if (tcb.OutOfOrder is { IsEmpty: true })
            tcb.OutOfOrder = null;
        if (tcb.OutOfOrder is null && tcb.SackGenerator is { HasDuplicate: false })
            tcb.SackGenerator = null;
        return true;
    }

    /// <summary>Large text stays in the block its frame was read into; small text is copied together, lest it pin a whole block.</summary>
    private static bool TryDeliver(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        var length = arrival.Payload.Length;
        if (2 * length >= arrival.Frame.Capacity && !arrival.Frame.IsLent)
        {
            arrival.Frame.Start = arrival.PayloadStart;
            arrival.Frame.End = arrival.PayloadStart + length;
            tcb.ReceiveQueue.Append(arrival.Frame);
            arrival.FrameKept = true;
        }
        else if (!tcb.ReceiveQueue.TryCopy(arrival.Payload, engine.Pool))
        {
            return false;
        }

        tcb.Rcv.LargestPayload = Math.Max(tcb.Rcv.LargestPayload, Math.Min(length, engine.MssOfLink(tcb.Tuple.LocalAddress)));
        engine.At(FaultPoint.DataQueued);
        Advance(engine, tcb, length);
        return true;
    }

    private static void Advance(EngineState engine, Tcb tcb, int octets)
    {
        tcb.Rcv.Nxt += octets;
        tcb.Rcv.Held += octets;
        tcb.DataReceived += octets;
        engine.Counters.Add(Counter.DataReceived, octets);
    }

    private static void QueueOutOfOrder(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        // RFC 5681 section 4.2 (MAY-13): at once, so that the peer's fast retransmit can work.
        tcb.Pending.Ack = SegmentReason.AcknowledgeOutOfOrder;
        if (engine.Memory.IsUnderPressure)
        {
            engine.Counters.Add(Counter.DroppedOutOfOrder);
            return;
        }

        var maxRuns = engine.Options.MaxOutOfOrderBlocks;
        tcb.OutOfOrder ??= new OutOfOrderQueue(engine.Pool, maxRuns, Math.Min(maxRuns, FewBlocks) + (2 * engine.MaxReceiveBuffer(tcb.Options) / BlockPool.StandardSize));
        if (!tcb.OutOfOrder.Insert(arrival.Seq, arrival.Payload))
            engine.Counters.Add(Counter.DroppedOutOfOrder);
        if (tcb.SackOk)
            (tcb.SackGenerator ??= new SackGenerator()).OnHeld(tcb.OutOfOrder, arrival.Seq);
    }

    /// <summary>
    /// With no memory left, what waits behind a gap goes first: the peer has it still. A user who has read everything gets the next
    /// segment all the same, or nobody would ever get any further.
    /// </summary>
    private static bool MakeRoom(EngineState engine, Tcb tcb)
    {
        tcb.OutOfOrder?.Clear();
        // Nothing of it may be told of any more, not even that it came twice.
        tcb.SackGenerator = null;
        engine.Memory.Update(ref tcb.CountedMemory, tcb.Memory);
        return tcb.Rcv.Held == 0 || !engine.Memory.IsExhausted;
    }

    private static void DropForMemory(EngineState engine, Tcb tcb)
    {
        engine.Counters.Add(Counter.DroppedMemory);
        tcb.Pending.Ack = SegmentReason.UnacceptableSegment;
    }

    /// <summary>At the first text, and after silence of an RTO, the peer starts slowly: no ACK is worth holding back.</summary>
    private static void RefillQuickAcks(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Rcv.LastData == MonotonicTime.Zero || now - tcb.Rcv.LastData > tcb.Rtt.Rto(engine.Options))
            tcb.Rcv.QuickAcks = engine.Options.QuickAcks;
        tcb.Rcv.LastData = now;
    }

    private static void ScheduleAck(EngineState engine, Tcb tcb, MonotonicTime now, bool aboutGap)
    {
        if (aboutGap)
            tcb.Pending.Ack = SegmentReason.AcknowledgeOutOfOrder;
        else if (tcb.SackGenerator is { HasDuplicate: true })
            tcb.Pending.Ack = SegmentReason.AcknowledgeDuplicate;
        else if (tcb.Rcv.Nxt - tcb.Rcv.AckSent >= 2 * tcb.Rcv.LargestPayload)
            tcb.Pending.Ack = SegmentReason.AcknowledgeEverySecond;
        else if (tcb.Rcv.QuickAcks > 0)
            tcb.Pending.Ack = SegmentReason.QuickAck;
        else if (!tcb.Timers.IsRunning(TcbTimer.DelayedAck))
            tcb.Timers.Set(TcbTimer.DelayedAck, now + engine.Options.DelayedAckTimeout);
    }

    public static void HandleUrg(EngineState engine, Tcb tcb, in TcpSegment segment)
    {
        if (!segment.Has(TcpFlags.Urg) || tcb.State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
            return;
        // MUST-62: the pointer points behind the urgent text.
        var up = segment.Seq + segment.UrgentPointer;
        var consumed = tcb.Rcv.Nxt - tcb.Rcv.Held;
        if (up <= (tcb.Rcv.Up ?? consumed))
            return;
        tcb.Rcv.Up = up;
        engine.Events.Raise(tcb, EngineEvents.Urgent);
    }

    /// <summary>
    /// Takes note of a FIN before the text is looked at: there is nothing after it, and what waits behind a gap and claims to be there
    /// must not carry RCV.NXT past it.
    /// </summary>
    public static void RecordFin(Tcb tcb, in Arrival arrival)
    {
        if (!arrival.Fin || tcb.Rcv.Fin is not null || tcb.State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
            return;
        var fin = arrival.Seq + arrival.Payload.Length;
        tcb.Rcv.Fin = fin;
        tcb.OutOfOrder?.DiscardFrom(fin);
    }

    /// <summary>Acts on a FIN once all text before it is there.</summary>
    public static void HandleFin(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        if (tcb.Rcv.Fin != tcb.Rcv.Nxt)
        {
            // RFC 5681 section 4.2: a FIN ahead of missing text is out of order like any text.
            if (arrival.Fin && tcb.Rcv.Fin > tcb.Rcv.Nxt)
                tcb.Pending.Ack = SegmentReason.AcknowledgeOutOfOrder;
            return;
        }

        tcb.Rcv.Nxt += 1;
        engine.Events.Raise(tcb, EngineEvents.ReadsClosed);
        tcb.Pending.Ack = SegmentReason.AcknowledgeFin;
        switch (tcb.State)
        {
            case TcpState.Established:
                Transitions.Move(tcb, TcpState.CloseWait);
                break;
            case TcpState.FinWait1:
                Transitions.Move(tcb, TcpState.Closing);
                break;
            case TcpState.FinWait2:
                Lifecycle.EnterTimeWait(engine, tcb, arrival.Now);
                break;
        }
    }

    /// <summary>A segment in the window: what of it lies before RCV.NXT, or else in a run behind a gap. Call before the text is taken.</summary>
    public static void RecordDuplicate(Tcb tcb, in Arrival arrival)
    {
        if (!RecordOldDuplicate(tcb, arrival.Segment) && tcb.OutOfOrder?.FirstHeld(arrival.Seq, arrival.Seq + arrival.Payload.Length) is { } held)
            ReportDuplicate(tcb, held);
    }

    /// <summary>What of a segment lies before RCV.NXT; true when something does.</summary>
    public static bool RecordOldDuplicate(Tcb tcb, in TcpSegment segment)
    {
        // A SYN comes before the text.
        var start = segment.Has(TcpFlags.Syn) ? segment.Seq + 1 : segment.Seq;
        // Nothing from before the peer's first byte is a duplicate, nor anything so old that it seems to lie ahead.
        var oldest = tcb.DataReceived < int.MaxValue ? tcb.Rcv.Irs + 1 : tcb.Rcv.Nxt - int.MaxValue;
        if (segment.Payload.IsEmpty || !SeqRange.Between(oldest, tcb.Rcv.Nxt).Contains(start))
            return false;
        ReportDuplicate(tcb, new SackBlock(start, SeqNum.Min(start + segment.Payload.Length, tcb.Rcv.Nxt)));
        return true;
    }

    private static void ReportDuplicate(Tcb tcb, SackBlock block) => (tcb.SackGenerator ??= new SackGenerator()).OnDuplicate(block);
}
