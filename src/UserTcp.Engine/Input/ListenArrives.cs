using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>A segment for a listener (RFC 9293 section 3.10.7.2).</summary>
internal static class ListenArrives
{

    public static Disposition Handle(EngineState engine, Listener listener, ref Arrival arrival, SeqNum? successorIss, out Tcb? tcb)
    {
        tcb = null;
        var segment = arrival.Segment;

        // First, check for a RST; second, for an ACK, which is for something that is no more, unless it brings a SYN cookie.
        if (segment.Has(TcpFlags.Rst))
            return Disposition.ResetIgnored;
        if (segment.Has(TcpFlags.Ack))
            return SynCookieListen.HandleAck(engine, listener, ref arrival, out tcb);

        // Third, check for a SYN. SYN with FIN is nothing that any host sends in earnest.
        if (!segment.Has(TcpFlags.Syn) || segment.Has(TcpFlags.Fin))
            return Disposition.WithoutAck;
        if (!Admission.HasRoomToAccept(engine, listener))
            return Disposition.ListenDropped;
        if (successorIss is null && Admission.UsesCookies(engine, listener))
            return SynCookieListen.Answer(engine, listener, arrival);
        if (successorIss is null ? Admission.IsFull(engine, listener) : !Admission.HasRoomForSuccessor(engine, listener))
            return Disposition.ListenDropped;
        tcb = Open(engine, listener, ref arrival, successorIss);
        return Disposition.Opened;
    }

    /// <inheritdoc cref="SynCookieListen.TryReplace"/>
    public static bool TryReplace(EngineState engine, Tcb tcb, ref Arrival arrival) => SynCookieListen.TryReplace(engine, tcb, ref arrival);

    /// <summary>Text on the SYN is not kept, Fast Open apart: the peer sends it again once both ends are synchronized.</summary>
    private static Tcb Open(EngineState engine, Listener listener, ref Arrival arrival, SeqNum? successorIss)
    {
        var iss = successorIss ?? InitialSequenceNumber.Generate(engine.Keys.InitialSequenceNumber, arrival.Tuple, arrival.Now);
        var tcb = TcbFactory.Create(engine, arrival.Tuple, listener.Options, iss, isPassive: true);
        Handshake.ApplySyn(engine, tcb, arrival.Segment, arrival.Now);
        Transitions.Move(tcb, TcpState.Listen);
        Transitions.Move(tcb, TcpState.SynReceived);
        tcb.Listener = listener;
        listener.HalfOpen++;
        tcb.Pending.Syn = true;
        tcb.Timers.Set(TcbTimer.GiveUp, arrival.Now + engine.Options.HalfOpenTimeout);
        Lifecycle.Add(engine, tcb);
        engine.Counters.Add(Counter.PassiveOpens);
        FastOpenListen.Handle(engine, listener, tcb, ref arrival);
        return tcb;
    }
}
