using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.Calls;

/// <summary>CLOSE and ABORT (RFC 9293 sections 3.10.4 and 3.10.5), and the end of a listener.</summary>
internal sealed class CloseCall(EngineCore core)
{
    /// <summary>The user sends no more: FIN follows what is queued. Receiving goes on.</summary>
    public void Shutdown(Tcb tcb)
    {
        if (!tcb.IsLive || tcb.FinQueued)
            return;
        switch (tcb.State)
        {
            case TcpState.SynSent:
                // "Delete the TCB": there is nobody yet to tell.
                core.Delete(tcb, EngineError.ConnectionAborted);
                return;
            case TcpState.SynReceived:
                // With nothing sent and nothing to send the FIN goes out at once; behind data it waits for ESTABLISHED.
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

        core.ScheduleOutput(tcb);
    }

    /// <summary>The user goes away. What it has not read is lost, and the peer is told so with a RST (SHLD-3).</summary>
    public void Close(Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsLive)
        {
            Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
            return;
        }

        tcb.IsOrphan = true;
        tcb.LastProgress = now;
        if (tcb.Rcv.Held > 0 || tcb.Options.LingerTime == TimeSpan.Zero)
        {
            Abort(tcb);
            return;
        }

        Shutdown(tcb);
        if (tcb.IsLive && !core.TryAddOrphan(tcb))
        {
            core.Counters.Add(Counter.OrphansReset);
            Abort(tcb);
            return;
        }

        if (tcb.IsLive && tcb.State == TcpState.FinWait2)
            core.Timers.Set(tcb, TcbTimer.GiveUp, now + core.Options.OrphanTimeout);
        else if (tcb.IsLive && tcb.Options.LingerTime is { } linger)
            core.Timers.Set(tcb, TcbTimer.GiveUp, now + linger);
        core.UpdateTimers(tcb);
    }

    public void Abort(Tcb tcb)
    {
        if (!tcb.IsLive)
            return;
        // SYN-SENT has nobody to tell. CLOSING and LAST-ACK: the RFC sends none there, Linux does, so that the peer need not time out.
        if (tcb.State >= TcpState.SynReceived)
            core.SendReset(tcb, SegmentReason.ResetAbort);
        core.Delete(tcb, EngineError.ConnectionAborted);
    }

    /// <summary>The connection ends for want of memory.</summary>
    public void ResetForMemory(Tcb tcb)
    {
        if (!tcb.IsLive)
            return;
        core.Counters.Add(Counter.MemoryResets);
        if (tcb.State >= TcpState.SynReceived)
            core.SendReset(tcb, SegmentReason.ResetMemory);
        core.Delete(tcb, EngineError.OutOfMemory);
    }

    /// <summary>Connections that nobody has accepted go with their listener.</summary>
    public void CloseListener(Listener listener, MonotonicTime now)
    {
        if (listener.IsClosed)
            return;
        listener.IsClosed = true;
        foreach (var index in core.HalfOpen.Indices())
        {
            if (core.HalfOpen.At(index).Listener == listener.Number)
                SynQueue.Unpark(core, index);
        }

        core.HandleShared();
        core.Listeners.Remove(listener);
        var halfOpen = new List<Tcb>();
        foreach (var tcb in core.Connections.All())
        {
            if (!tcb.IsParked && tcb.Listener == listener)
                halfOpen.Add(tcb);
        }

        foreach (var tcb in halfOpen)
            Abandon(tcb, now);
        foreach (var tcb in listener.Accepted)
            Abandon(tcb, now);
        listener.Accepted.Clear();
    }

    private void Abandon(Tcb tcb, MonotonicTime now)
    {
        core.Handle(tcb);
        try
        {
            tcb.IsOrphan = true;
            Abort(tcb);
            Block.ReleaseChain(tcb.ReceiveQueue.DequeueAll());
        }
        catch (Exception fault)
        {
            if (!core.Faults.TryContain(fault, now, loose: null, out _))
                throw;
        }
    }
}
