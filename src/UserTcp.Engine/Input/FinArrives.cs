using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>Eighth step: the FIN bit (RFC 9293 section 3.10.7.4).</summary>
internal static class FinArrives
{
    /// <summary>
    /// Takes note of a FIN before the text is looked at: there is nothing after it, and what waits behind a gap and claims to be there
    /// must not carry RCV.NXT past it.
    /// </summary>
    public static void Record(Tcb tcb, in Arrival arrival)
    {
        if (!arrival.Fin || tcb.Rcv.Fin is not null || tcb.State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
            return;
        var fin = arrival.Seq + arrival.Payload.Length;
        tcb.Rcv.Fin = fin;
        tcb.OutOfOrder?.DiscardFrom(fin);
    }

    /// <summary>Acts on a FIN once all text before it is there.</summary>
    public static void Handle(EngineState engine, Tcb tcb, ref Arrival arrival)
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
}
