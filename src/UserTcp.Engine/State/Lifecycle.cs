using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>How a connection comes into the tables and leaves them: create, delete, reset, TIME-WAIT, park.</summary>
internal static class Lifecycle
{
    /// <summary>Enters a new connection into the tables and makes it the current one.</summary>
    public static void Add(EngineState engine, Tcb tcb)
    {
        tcb.IsLive = true;
        engine.Current.Enter(tcb);
        engine.Connections.Add(tcb);
        engine.Parking.Add(tcb);
    }

    /// <summary>Deletes the TCB: the connection is CLOSED, for the reason given.</summary>
    public static void Delete(EngineState engine, Tcb tcb, EngineError error)
    {
        if (!tcb.IsLive)
            return;
        Close(engine, tcb, error);
        Forget(engine, tcb);
    }

    /// <summary>
    /// Removes a connection that has had a fault from tables and counts, whatever state it is in. Its queues are left
    /// to the caller, its flight to the garbage collector.
    /// </summary>
    public static void Expel(EngineState engine, Tcb tcb)
    {
        var wasLive = tcb.IsLive;
        if (wasLive)
            Close(engine, tcb, EngineError.InternalFault);
        Detach(engine, tcb);
        Uncount(engine, tcb);
        tcb.Loss.Flight = null;
        if (!wasLive)
            return;
        // No other event: the end of a stream whose data is lost would look like an orderly one.
        tcb.PendingEvents = EngineEvents.None;
        engine.Events.Raise(tcb, EngineEvents.Closed);
    }

    /// <summary>
    /// Moves the connection into the TIME-WAIT table (RFC 9293 section 3.6.1); for its application it has ended.
    /// </summary>
    public static void EnterTimeWait(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        Transitions.Move(tcb, TcpState.TimeWait);
        engine.Counters.Add(Counter.TimeWaits);
        var window = tcb.Rcv.Scale.ToField(tcb.Rcv.Wnd);
        // The TCB goes now, so the ACK of the peer's FIN leaves as a reply.
        if (tcb.Pending.Ack != SegmentReason.None)
        {
            var header = new TcpHeader(
                tcb.Tuple.LocalPort, tcb.Tuple.RemotePort, tcb.Snd.Nxt, tcb.Rcv.Nxt, TcpFlags.Ack, window);
            engine.Replies.AddLast(tcb, header, tcb.Pending.Ack);
        }

        if (engine.TimeWait.Add(tcb.Tuple, tcb.Snd.Nxt, tcb.Rcv.Nxt, window, now, tcb.Ts.Echo))
            engine.Counters.Add(Counter.TimeWaitOverflows);
        Forget(engine, tcb);
    }

    /// <summary>
    /// Queues a RST that acknowledges what we have. RFC 9293 section 3.10.5 gives it SND.NXT. Where the peer has shrunk
    /// its window below that, the right edge is used, since a RST elsewhere is dropped without an answer. Linux does
    /// the same.
    /// </summary>
    public static void SendReset(EngineState engine, Tcb tcb, SegmentReason reason)
    {
        var header = new TcpHeader(
            tcb.Tuple.LocalPort, tcb.Tuple.RemotePort, tcb.AcceptableSeq, tcb.Rcv.Nxt, TcpFlags.Rst | TcpFlags.Ack, 0);
        engine.Replies.AddLast(tcb, header, reason);
    }

    /// <summary>Queues a segment that belongs to no connection, or drops it when too many wait.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="tuple">The connection identifiers.</param>
    /// <param name="header">The segment.</param>
    /// <param name="reason">Why it is sent.</param>
    /// <param name="tsEcho">TSecr, where timestamps are used.</param>
    public static void Reply(
        EngineState engine, in FourTuple tuple, in TcpHeader header, SegmentReason reason, uint? tsEcho = null)
    {
        if (!engine.Replies.TryAdd(tuple, header, reason, tsEcho))
            engine.Counters.Add(Counter.DroppedReply);
    }

    /// <summary>
    /// Queues the RST that the sender of a segment accepts, when the segment is for no connection (RFC 9293 section
    /// 3.5.2, groups 1 and 2).
    /// </summary>
    public static void ReplyReset(
        EngineState engine, in FourTuple tuple, in TcpSegment segment, SegmentReason reason, uint? tsEcho = null)
    {
        var (local, remote) = (segment.DestinationPort, segment.SourcePort);
        var header = segment.Has(TcpFlags.Ack)
            ? new TcpHeader(local, remote, segment.Ack, default, TcpFlags.Rst, 0)
            : new TcpHeader(local, remote, default, segment.Seq + segment.Length, TcpFlags.Rst | TcpFlags.Ack, 0);
        Reply(engine, tuple, header, reason, tsEcho);
    }

    /// <summary>ABORT (RFC 9293 section 3.10.5): RST, and the queues are dropped.</summary>
    public static void Abort(EngineState engine, Tcb tcb)
    {
        if (!tcb.IsLive)
            return;
        // SYN-SENT has no peer to notify. In CLOSING and LAST-ACK the RFC sends no RST; Linux does, so that the peer
        // need not time out.
        if (tcb.State >= TcpState.SynReceived)
            SendReset(engine, tcb, SegmentReason.ResetAbort);
        Delete(engine, tcb, EngineError.ConnectionAborted);
    }

    /// <summary>Resets a connection since memory is used up.</summary>
    public static void ResetForMemory(EngineState engine, Tcb tcb)
    {
        if (!tcb.IsLive)
            return;
        engine.Counters.Add(Counter.MemoryResets);
        if (tcb.State >= TcpState.SynReceived)
            SendReset(engine, tcb, SegmentReason.ResetMemory);
        Delete(engine, tcb, EngineError.OutOfMemory);
    }

    /// <summary>
    /// Counts one more orphan. False when there are too many, or no memory for one that still has data to send.
    /// </summary>
    public static bool TryAddOrphan(EngineState engine, Tcb tcb)
    {
        if (tcb.IsCountedOrphan)
            return true;
        if (engine.Orphans >= engine.Options.MaxOrphans || (engine.Memory.IsExhausted && tcb.SendQueue.Length > 0))
            return false;
        tcb.IsCountedOrphan = true;
        engine.Orphans++;
        return true;
    }

    /// <summary>Takes the TCB out of the tables and leaves its state as it is.</summary>
    public static void Detach(EngineState engine, Tcb tcb)
    {
        tcb.IsLive = false;
        engine.Timers.Remove(tcb);
        engine.Parking.Remove(tcb);
        engine.Connections.Remove(tcb);
    }

    /// <summary>
    /// Parks a connection; its next event unparks it. False when it has something to do, or an event to deliver.
    /// </summary>
    public static bool TryPark(EngineState engine, Tcb tcb)
    {
        // Timers that have been stopped may still be in the queue.
        if (tcb is { IsParked: false, IsLive: true } && tcb.Timers.Running is { } running
            && running.Earliest == MonotonicTime.Never)
        {
            engine.Timers.Remove(tcb);
        }

        return engine.Parking.TryPark(tcb);
    }

    /// <summary>Returns the connection's flight to the pool, if it has one.</summary>
    public static void ReleaseFlight(EngineState engine, Tcb tcb)
    {
        if (tcb.Loss.Flight is { } flight)
            engine.Flights.Return(flight);
        tcb.Loss.Flight = null;
    }

    private static void Forget(EngineState engine, Tcb tcb)
    {
        Detach(engine, tcb);
        // First, so that a fault in the rest finds a connection whose application has been notified.
        engine.Events.Raise(tcb, EngineEvents.Closed);
        Uncount(engine, tcb);
        ReleaseFlight(engine, tcb);
        tcb.SendQueue.Clear();
        var outOfOrder = tcb.OutOfOrder;
        tcb.OutOfOrder = null;
        tcb.SackGenerator = null;
        outOfOrder?.Clear();
        if (tcb.IsOrphan)
            Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
    }

    private static void Close(EngineState engine, Tcb tcb, EngineError error)
    {
        if (tcb.IsOpenEarly)
            tcb.EndFastOpen();
        else if (tcb.State == TcpState.SynReceived && tcb.Listener is { } listener)
            listener.HalfOpen--;
        if (!tcb.IsSynchronized)
            engine.Counters.Add(Counter.AttemptFails);
        tcb.Error = error;
        Transitions.Move(tcb, TcpState.Closed);
    }

    /// <summary>The connection counts for no limit from now on.</summary>
    private static void Uncount(EngineState engine, Tcb tcb)
    {
        engine.Memory.Update(ref tcb.CountedMemory, 0);
        if (tcb.IsCountedOrphan)
            engine.Orphans--;
        tcb.IsCountedOrphan = false;
    }
}
