using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>A SYN with the Fast Open option for a listener that allows it (RFC 7413 section 4.2).</summary>
internal static class FastOpenListen
{

    /// <summary>
    /// Takes the text of a SYN with a valid cookie, if it has any: the connection can be accepted and used at once. Everything else leaves an
    /// ordinary handshake, whose SYN,ACK acknowledges the SYN alone and has a cookie for the next time.
    /// </summary>
    public static void Handle(EngineState engine, Listener listener, Tcb tcb, ref Arrival arrival)
    {
        var option = arrival.Segment.Options.FastOpen;
        // Links that hardly carry a header have no room for a cookie.
        if (!listener.Options.FastOpen || !option.IsPresent || engine.MssOfLink(tcb.Tuple.LocalAddress) < TcpHeader.MaxLength - TcpHeader.MinLength)
            return;
        var cookie = engine.FastOpen.CookieOf(tcb.Tuple);
        if (option != cookie)
        {
            tcb.FastOpen = new FastOpenState { Answer = cookie };
            return;
        }

        if (engine.Memory.IsExhausted || !listener.FastOpens.TryAdd(engine.Options.MaxPendingFastOpens, arrival.Now))
            return;
        listener.HalfOpen--;
        tcb.FastOpen = new FastOpenState { Pending = listener };
        // The window of a SYN is what there is room for behind ours.
        if (tcb.Snd.Wnd > 0)
            tcb.Snd.Wnd++;
        tcb.SynDataAccepted = !arrival.Payload.IsEmpty;
        arrival.Seq += 1;
        arrival.Trim(tcb.Rcv.Nxt, tcb.Rcv.Edge);
        PayloadStep.HandlePayload(engine, tcb, ref arrival);
        // The SYN,ACK acknowledges it.
        tcb.Pending.Ack = SegmentReason.None;
        tcb.Timers.Stop(TcbTimer.DelayedAck);
        engine.Counters.Add(Counter.FastOpensAccepted);
        listener.Accepted.Enqueue(tcb);
        engine.Events.RaiseAcceptable(listener);
    }
}
