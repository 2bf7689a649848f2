using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// Steps 6 to 8 of RFC 9293 section 3.10.7.4: the URG bit, the data and when to acknowledge it (section 3.8.6.3), the
/// FIN.
/// </summary>
internal static class PayloadStep
{
    // As in Linux: after a CE the peer may have few segments in flight and wait for each ACK.
    private const int QuickAcksAfterCe = 2;

    // Each range of the reassembly queue has a block of its own. Beyond that many, blocks may take twice the receive
    // buffer.
    private const int FewBlocks = 64;

    /// <summary>
    /// Sixth step: the URG bit (RFC 9293 section 3.8.5). Urgent data stays in the byte stream. The application learns
    /// that there is some (MUST-32) and how many bytes remain up to its end (MUST-33).
    /// </summary>
    public static void HandleUrg(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        var segment = arrival.Segment;
        if (!segment.Has(TcpFlags.Urg) || !ReceivesData(tcb.State))
            return;
        // MUST-62: the pointer is to the byte after the urgent data.
        var up = segment.Seq + segment.UrgentPointer;
        var consumed = tcb.Rcv.Nxt - tcb.Rcv.Held;
        if (up <= (tcb.Rcv.Up ?? consumed))
            return;
        tcb.Rcv.Up = up;
        arrival.Meaning |= SegmentMeaning.UrgentArrived;
        engine.Events.Raise(tcb, EngineEvents.Urgent);
    }

    /// <summary>
    /// Records the sequence number of a FIN, before the data is handled. Nothing follows a FIN: data beyond it in the
    /// reassembly queue is discarded, so that RCV.NXT cannot pass it.
    /// </summary>
    public static void RecordFin(Tcb tcb, in Arrival arrival)
    {
        if (!arrival.Fin || tcb.Rcv.Fin is not null || !ReceivesData(tcb.State))
            return;
        var fin = arrival.Seq + arrival.Payload.Length;
        tcb.Rcv.Fin = fin;
        tcb.OutOfOrder?.DiscardFrom(fin);
    }

    /// <summary>
    /// Seventh step: queues new data. False when the application has closed the connection, which new data then resets
    /// (section 3.6.1).
    /// </summary>
    public static bool HandlePayload(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        if (!ReceivesData(tcb.State) && !tcb.IsOpenEarly)
            return true;
        // Data after the FIN is dropped.
        if (tcb.Rcv.Fin is { } fin)
            arrival.Trim(tcb.Rcv.Nxt, SeqNum.Min(tcb.Rcv.Edge, fin));
        if (arrival.Payload.IsEmpty)
        {
            // The segment had data, but none inside the window: acknowledge (section 3.10.7.4, first step).
            if (!arrival.Segment.Payload.IsEmpty)
            {
                tcb.Pending.Ack = SegmentReason.UnacceptableSegment;
                arrival.Meaning |= ArrivedData.Trimmed(tcb, arrival);
            }

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
            RecordCe(engine, tcb, ref arrival);
        if (tcb.SackOk)
            RecordDuplicate(tcb, arrival);
        if (arrival.Seq != tcb.Rcv.Nxt)
            QueueOutOfOrder(engine, tcb, ref arrival);
        else if ((engine.Memory.IsExhausted && !MakeRoom(engine, tcb)) || !TryQueueInOrder(engine, tcb, ref arrival))
            DropForMemory(engine, tcb, ref arrival);
        return true;
    }

    /// <summary>Eighth step: acts on the FIN once RCV.NXT has reached it.</summary>
    public static void HandleFin(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        if (tcb.Rcv.Fin != tcb.Rcv.Nxt)
        {
            // A FIN beyond a gap is out of order, as data is (RFC 5681 section 4.2).
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

    /// <summary>
    /// Records data before RCV.NXT as a D-SACK block (RFC 2883 section 4). True when the segment has some.
    /// </summary>
    public static bool RecordOldDuplicate(Tcb tcb, in TcpSegment segment)
    {
        // A SYN precedes the data in sequence space.
        var start = segment.Has(TcpFlags.Syn) ? segment.Seq + 1 : segment.Seq;
        // Data before the peer's first byte is no duplicate, nor is data so old that it compares as new.
        var oldest = tcb.DataReceived < int.MaxValue ? tcb.Rcv.Irs + 1 : tcb.Rcv.Nxt - int.MaxValue;
        if (segment.Payload.IsEmpty || !SeqRange.Between(oldest, tcb.Rcv.Nxt).Contains(start))
            return false;
        ReportDuplicate(tcb, new SackBlock(start, SeqNum.Min(start + segment.Payload.Length, tcb.Rcv.Nxt)));
        return true;
    }

    /// <summary>
    /// Records the first duplicate part of a segment as a D-SACK block, before the data is queued: what lies before
    /// RCV.NXT, or else in a range of the reassembly queue. The peer learns that it retransmitted needlessly.
    /// </summary>
    private static void RecordDuplicate(Tcb tcb, in Arrival arrival)
    {
        var end = arrival.Seq + arrival.Payload.Length;
        if (!RecordOldDuplicate(tcb, arrival.Segment) && tcb.OutOfOrder?.FirstHeld(arrival.Seq, end) is { } held)
            ReportDuplicate(tcb, held);
    }

    private static void ReportDuplicate(Tcb tcb, SackBlock block) =>
        (tcb.SackGenerator ??= new SackGenerator()).OnDuplicate(block);

    /// <summary>The states in which the peer may still send data and FIN.</summary>
    private static bool ReceivesData(TcpState state) =>
        state is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2;

    /// <summary>
    /// Records CE and CWR (RFC 3168 section 6.1.3). A segment without new data does not count, as one outside the
    /// window does not: anybody could have set its CE (section 6.1.5).
    /// </summary>
    private static void RecordCe(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        var held = tcb.OutOfOrder?.FirstHeld(arrival.Seq, arrival.Seq + arrival.Payload.Length);
        if (held is { } block && block.Left == arrival.Seq && block.Right - block.Left == arrival.Payload.Length)
            return;
        if (arrival.IsCe)
        {
            arrival.Meaning |= SegmentMeaning.CeArrived;
            engine.Counters.Add(Counter.CeReceived);
        }

        if (tcb.Ecn.IsEchoing && arrival.Segment.Has(TcpFlags.Cwr))
            arrival.Meaning |= SegmentMeaning.CwrArrived;
        if (tcb.Ecn.OnData(arrival.Segment.Flags, arrival.IsCe))
            tcb.Rcv.QuickAcks = Math.Max(tcb.Rcv.QuickAcks, QuickAcksAfterCe);
    }

    /// <summary>
    /// Queues data at RCV.NXT and what it makes contiguous. False without a change when the pool has no block for it.
    /// </summary>
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

        arrival.Meaning |= filledGap ? SegmentMeaning.InOrder | SegmentMeaning.FillsHole : SegmentMeaning.InOrder;
        engine.Events.Raise(tcb, EngineEvents.Readable);
        BufferGrowth.OnData(engine, tcb, arrival);
        ScheduleAck(engine, tcb, arrival.Now, filledGap || tcb.OutOfOrder is { IsEmpty: false });
        if (tcb.OutOfOrder is { IsEmpty: true })
            tcb.OutOfOrder = null;
        if (tcb.OutOfOrder is null && tcb.SackGenerator is { HasDuplicate: false })
            tcb.SackGenerator = null;
        return true;
    }

    /// <summary>
    /// Queues large data in the block of its frame, without a copy. Small data is copied, so that it does not pin a
    /// whole block.
    /// </summary>
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

        var fullSegment = Math.Min(length, engine.MssOfLink(tcb.Tuple.LocalAddress));
        tcb.Rcv.LargestPayload = Math.Max(tcb.Rcv.LargestPayload, fullSegment);
        engine.At(FaultPoint.DataQueued);
        Advance(engine, tcb, length);
        return true;
    }

    private static void Advance(EngineState engine, Tcb tcb, int bytes)
    {
        tcb.Rcv.Nxt += bytes;
        tcb.Rcv.Held += bytes;
        tcb.DataReceived += bytes;
        engine.Counters.Add(Counter.DataReceived, bytes);
    }

    private static void QueueOutOfOrder(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        arrival.Meaning |= ArrivedData.OutOfOrder(tcb, arrival);
        // RFC 5681 section 4.2 (MAY-13): an immediate duplicate ACK, for the peer's fast retransmit.
        tcb.Pending.Ack = SegmentReason.AcknowledgeOutOfOrder;
        if (engine.Memory.IsUnderPressure)
        {
            engine.Counters.Add(Counter.DroppedOutOfOrder);
            return;
        }

        var maxRanges = engine.Options.MaxOutOfOrderRanges;
        var maxBlocks = Math.Min(maxRanges, FewBlocks)
            + (2 * engine.MaxReceiveBuffer(tcb.Options) / BlockPool.StandardSize);
        tcb.OutOfOrder ??= new OutOfOrderQueue(engine.Pool, maxRanges, maxBlocks);
        if (!tcb.OutOfOrder.Insert(arrival.Seq, arrival.Payload))
            engine.Counters.Add(Counter.DroppedOutOfOrder);
        if (tcb.SackOk)
            (tcb.SackGenerator ??= new SackGenerator()).OnHeld(tcb.OutOfOrder, arrival.Seq);
    }

    /// <summary>
    /// Memory is exhausted: drops the reassembly queue, which the peer still has. True when the next segment can be
    /// queued. An application that has consumed everything always gets it, so that the connection makes progress.
    /// </summary>
    private static bool MakeRoom(EngineState engine, Tcb tcb)
    {
        tcb.OutOfOrder?.Clear();
        // No SACK or D-SACK block may report the dropped data.
        tcb.SackGenerator = null;
        engine.Memory.Update(ref tcb.CountedMemory, tcb.Memory);
        return tcb.Rcv.Held == 0 || !engine.Memory.IsExhausted;
    }

    private static void DropForMemory(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        arrival.Meaning |= SegmentMeaning.NoMemory;
        engine.Counters.Add(Counter.DroppedMemory);
        tcb.Pending.Ack = SegmentReason.UnacceptableSegment;
    }

    /// <summary>
    /// Enters quick-ACK mode at the first data and after an RTO without data: the peer is in slow start then.
    /// </summary>
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
}
