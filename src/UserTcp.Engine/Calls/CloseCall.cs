using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Faults;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Calls;

/// <summary>CLOSE and ABORT (RFC 9293 sections 3.10.4 and 3.10.5), and the end of a listener.</summary>
internal static class CloseCall
{
    /// <summary>Closes the sending side: FIN follows the send queue. Receiving continues.</summary>
    public static void Shutdown(EngineState engine, Tcb tcb)
    {
        if (!tcb.IsLive || tcb.FinQueued)
            return;
        switch (tcb.State)
        {
            case TcpState.SynSent:
                // "Delete the TCB" (section 3.10.4): there is no peer yet to notify.
                Lifecycle.Delete(engine, tcb, EngineError.ConnectionAborted);
                return;
            case TcpState.SynReceived:
                // With an empty send queue the FIN is sent at once; behind data it waits for ESTABLISHED.
                tcb.FinQueued = true;
                break;
            case TcpState.Established:
                tcb.FinQueued = true;
                Transitions.Move(tcb, TcpState.FinWait1);
                break;
            case TcpState.CloseWait:
                tcb.FinQueued = true;
                Transitions.Move(tcb, TcpState.LastAck);
                break;
        }
    }

    /// <summary>
    /// The application closes the connection and reads no more. Unread data is lost, which a RST reports to the peer
    /// (SHLD-3): at once as Linux does, or after our FIN is acknowledged. The latter loses nothing that was sent.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="tcb">The connection.</param>
    /// <param name="sendsFinFirst">A RST for unread data waits for the ACK of our FIN.</param>
    /// <param name="now">The time.</param>
    public static void Close(EngineState engine, Tcb tcb, bool sendsFinFirst, MonotonicTime now)
    {
        if (!tcb.IsLive)
        {
            Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
            return;
        }

        tcb.IsOrphan = true;
        tcb.LastProgress = now;
        var resets = tcb.Rcv.Held > 0 && (!sendsFinFirst || tcb.IsFinAcknowledged);
        if (resets || tcb.Options.LingerTime == TimeSpan.Zero)
        {
            Lifecycle.Abort(engine, tcb);
            return;
        }

        DropUnread(tcb);
        Shutdown(engine, tcb);
        if (tcb.IsLive && !Lifecycle.TryAddOrphan(engine, tcb))
        {
            engine.Counters.Add(Counter.OrphansReset);
            Lifecycle.Abort(engine, tcb);
            return;
        }

        if (tcb.IsLive && tcb.State == TcpState.FinWait2)
            tcb.Timers.Set(TcbTimer.GiveUp, now + engine.Options.OrphanTimeout);
        else if (tcb.IsLive && tcb.Options.LingerTime is { } linger)
            tcb.Timers.Set(TcbTimer.GiveUp, now + linger);
    }

    private static void DropUnread(Tcb tcb)
    {
        if (tcb.Rcv.Held == 0)
            return;
        Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
        tcb.Rcv.Held = 0;
        tcb.ResetsAfterFin = true;
    }

    /// <summary>Closes a listener and resets its connections that have not been accepted.</summary>
    public static void CloseListener(EngineState engine, FaultBarrier faults, Listener listener, MonotonicTime now)
    {
        if (listener.IsClosed)
            return;
        listener.IsClosed = true;
        foreach (var index in engine.HalfOpen.Indices())
        {
            if (engine.HalfOpen.At(index).Listener == listener.Number)
                SynQueue.Unpark(engine, index);
        }

        engine.Current.EnterShared();
        engine.Listeners.Remove(listener);
        var halfOpen = new List<Tcb>();
        foreach (var tcb in engine.Connections.All())
        {
            if (!tcb.IsParked && tcb.Listener == listener)
                halfOpen.Add(tcb);
        }

        foreach (var tcb in halfOpen)
            Abandon(engine, faults, tcb, now);
        foreach (var tcb in listener.Accepted)
            Abandon(engine, faults, tcb, now);
        listener.Accepted.Clear();
    }

    private static void Abandon(EngineState engine, FaultBarrier faults, Tcb tcb, MonotonicTime now)
    {
        engine.Current.Enter(tcb);
        try
        {
            tcb.IsOrphan = true;
            Lifecycle.Abort(engine, tcb);
            Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
        }
        catch (Exception fault)
        {
            if (!faults.TryContain(fault, now, loose: null, out _))
                throw;
        }
    }
}
