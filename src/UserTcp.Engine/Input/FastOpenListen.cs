using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>Fast Open at a listener that allows it: a SYN with the option (RFC 7413 section 4.2).</summary>
internal static class FastOpenListen
{
    /// <summary>
    /// With a valid cookie: accepts the data of the SYN, and the application can accept the connection at once.
    /// Otherwise the handshake stays an ordinary one. Its SYN,ACK acknowledges only the SYN and carries a cookie for
    /// the next one.
    /// </summary>
    public static void Handle(EngineState engine, Listener listener, Tcb tcb, ref Arrival arrival)
    {
        var option = arrival.Options.FastOpen;
        // A link with a tiny MTU has no room for a cookie.
        if (!listener.Options.FastOpen || !option.IsPresent
            || engine.MssOfLink(tcb.Tuple.LocalAddress) < TcpHeader.MaxLength - TcpHeader.MinLength)
        {
            return;
        }

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
        // The window of a SYN does not count our SYN, but SND.WND starts at SND.UNA, our SYN.
        if (tcb.Snd.Wnd > 0)
            tcb.Snd.Wnd++;
        tcb.SynDataAccepted = !arrival.Payload.IsEmpty;
        arrival.Seq += 1;
        arrival.Trim(tcb.Rcv.Nxt, tcb.Rcv.Edge);
        PayloadStep.HandlePayload(engine, tcb, ref arrival);
        // The SYN,ACK acknowledges the data.
        tcb.Pending.Ack = SegmentReason.None;
        tcb.Timers.Stop(TcbTimer.DelayedAck);
        engine.Counters.Add(Counter.FastOpensAccepted);
        listener.Accepted.Enqueue(tcb);
        engine.Events.RaiseAcceptable(listener);
    }
}
