using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// SEGMENT ARRIVES (RFC 9293 section 3.10.7): finds what the segment is for and lets the state decide. Changes state only; what
/// there is to send comes out later.
/// </summary>
internal sealed class SegmentArrives(EngineCore core)
{
    private readonly ClosedArrives _closed = new(core);
    private readonly ListenArrives _listen = new(core);
    private readonly SynSentArrives _synSent = new(core);
    private readonly ConnectionArrives _connection = new(core);
    private readonly TimeWaitArrives _timeWait = new(core);

    public void Handle(ref Arrival arrival)
    {
        if (SynQueue.FindAndUnpark(core, arrival.Tuple, arrival.Hash) is { } tcb && !(tcb.State == TcpState.SynReceived && _listen.TryReplace(tcb, ref arrival)))
        {
            core.At(FaultPoint.SegmentArrives);
            var before = tcb.ReportedState;
            var disposition = before == TcpState.SynSent ? _synSent.Handle(tcb, ref arrival) : _connection.Handle(tcb, ref arrival);
            core.ScheduleOutput(tcb);
            core.UpdateTimers(tcb);
            core.UpdateMemory(tcb);
            Observe(arrival, tcb, before, tcb.ReportedState, disposition);
            return;
        }

        var timeWait = core.TimeWait.Find(arrival.Tuple, arrival.Hash);
        core.HandleStateless();
        if (timeWait >= 0)
        {
            var disposition = _timeWait.Handle(timeWait, ref arrival, out var successorIss);
            if (disposition != Disposition.TimeWaitReused)
            {
                Observe(arrival, null, TcpState.TimeWait, TcpState.TimeWait, disposition);
                return;
            }

            // Neither a SYN that opens nothing, because the listener is full, nor one whose handshake fails ends TIME-WAIT.
            if (HandleWithoutConnection(ref arrival, TcpState.TimeWait, successorIss))
                core.TimeWait.Reopen(timeWait);
            return;
        }

        HandleWithoutConnection(ref arrival, TcpState.Listen, successorIss: null);
    }

    /// <summary>True when a connection has been opened.</summary>
    private bool HandleWithoutConnection(ref Arrival arrival, TcpState before, SeqNum? successorIss)
    {
        var listener = core.Listeners.Find(arrival.Tuple.LocalAddress, arrival.Tuple.LocalPort);
        if (listener is null)
        {
            Observe(arrival, null, TcpState.Closed, TcpState.Closed, _closed.Handle(arrival));
            return false;
        }

        var disposition = _listen.Handle(listener, ref arrival, successorIss, out var tcb);
        if (tcb is not null)
        {
            // By a SYN cookie: what the ACK says is handled as if there had been a half-open connection.
            if (arrival.HasCookie)
                disposition = _connection.Handle(tcb, ref arrival);
            core.UpdateMemory(tcb);
            core.ScheduleOutput(tcb);
            core.UpdateTimers(tcb);
            if (before == TcpState.TimeWait)
                disposition = Disposition.TimeWaitReused;
        }

        Observe(arrival, tcb, before, tcb?.State ?? before, disposition);
        return tcb is not null;
    }

    private void Observe(in Arrival arrival, Tcb? tcb, TcpState before, TcpState after, Disposition disposition)
    {
        if (disposition is not (Disposition.Accepted or Disposition.Opened or Disposition.AnsweredByCookie or Disposition.Reset or Disposition.TimeWait or Disposition.TimeWaitReused))
            core.Counters.Add(disposition == Disposition.ListenDropped ? Counter.DroppedListenFull : Counter.DroppedUnacceptable);
        if (core.Observer is { } observer)
            observer.OnSegment(Observations.Received(arrival.Tuple, arrival.Segment, tcb, before, after, disposition, arrival.Now));
    }
}
