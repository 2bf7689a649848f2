using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// SEGMENT ARRIVES (RFC 9293 section 3.10.7): finds what the segment is for and lets the state decide. Changes state only; what
/// there is to send comes out later.
/// </summary>
internal static class SegmentArrives
{

    public static void Handle(EngineState engine, ref Arrival arrival)
    {
        if (SynQueue.FindAndUnpark(engine, arrival.Tuple, arrival.Hash) is { } tcb && !(tcb.State == TcpState.SynReceived && ListenArrives.TryReplace(engine, tcb, ref arrival)))
        {
            engine.At(FaultPoint.SegmentArrives);
            var before = tcb.ReportedState;
            var disposition = before == TcpState.SynSent ? SynSentArrives.Handle(engine, tcb, ref arrival) : ConnectionArrives.Handle(engine, tcb, ref arrival);
            Observe(engine, arrival, tcb, before, tcb.ReportedState, disposition);
            return;
        }

        var timeWait = engine.TimeWait.Find(arrival.Tuple, arrival.Hash);
        engine.Current.EnterStateless();
        if (timeWait >= 0)
        {
            var disposition = TimeWaitArrives.Handle(engine, timeWait, ref arrival, out var successorIss);
            if (disposition != Disposition.TimeWaitReused)
            {
                Observe(engine, arrival, null, TcpState.TimeWait, TcpState.TimeWait, disposition);
                return;
            }

            // Neither a SYN that opens nothing, because the listener is full, nor one whose handshake fails ends TIME-WAIT.
            if (HandleWithoutConnection(engine, ref arrival, TcpState.TimeWait, successorIss))
                engine.TimeWait.Reopen(timeWait);
            return;
        }

        HandleWithoutConnection(engine, ref arrival, TcpState.Listen, successorIss: null);
    }

    /// <summary>True when a connection has been opened.</summary>
    private static bool HandleWithoutConnection(EngineState engine, ref Arrival arrival, TcpState before, SeqNum? successorIss)
    {
        var listener = engine.Listeners.Find(arrival.Tuple.LocalAddress, arrival.Tuple.LocalPort);
        if (listener is null)
        {
            Observe(engine, arrival, null, TcpState.Closed, TcpState.Closed, ClosedArrives.Handle(engine, arrival));
            return false;
        }

        var disposition = ListenArrives.Handle(engine, listener, ref arrival, successorIss, out var tcb);
        if (tcb is not null)
        {
            // By a SYN cookie: what the ACK says is handled as if there had been a half-open connection.
            if (arrival.HasCookie)
                disposition = ConnectionArrives.Handle(engine, tcb, ref arrival);
            if (before == TcpState.TimeWait)
                disposition = Disposition.TimeWaitReused;
        }

        Observe(engine, arrival, tcb, before, tcb?.State ?? before, disposition);
        return tcb is not null;
    }

    private static void Observe(EngineState engine, in Arrival arrival, Tcb? tcb, TcpState before, TcpState after, Disposition disposition)
    {
        if (disposition is not (Disposition.Accepted or Disposition.Opened or Disposition.AnsweredByCookie or Disposition.Reset or Disposition.TimeWait or Disposition.TimeWaitReused))
            engine.Counters.Add(disposition == Disposition.ListenDropped ? Counter.DroppedListenFull : Counter.DroppedUnacceptable);
        if (engine.Observer is { } observer)
            observer.OnSegment(Observations.Received(arrival.Tuple, arrival.Segment, tcb, before, after, disposition, arrival.Now));
    }
}
