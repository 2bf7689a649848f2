using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>A segment for a listener (RFC 9293 section 3.10.7.2).</summary>
internal sealed class ListenArrives(EngineCore core)
{
    private readonly FastOpenListen _fastOpen = new(core);
    private readonly SynCookieListen _cookies = new(core);

    public Disposition Handle(Listener listener, ref Arrival arrival, SeqNum? successorIss, out Tcb? tcb)
    {
        tcb = null;
        var segment = arrival.Segment;

        // First, check for a RST; second, for an ACK, which is for something that is no more, unless it brings a SYN cookie.
        if (segment.Has(TcpFlags.Rst))
            return Disposition.ResetIgnored;
        if (segment.Has(TcpFlags.Ack))
            return _cookies.HandleAck(listener, ref arrival, out tcb);

        // Third, check for a SYN. SYN with FIN is nothing that any host sends in earnest.
        if (!segment.Has(TcpFlags.Syn) || segment.Has(TcpFlags.Fin))
            return Disposition.WithoutAck;
        if (!Admission.HasRoomToAccept(core, listener))
            return Disposition.ListenDropped;
        if (successorIss is null && Admission.UsesCookies(core, listener))
            return _cookies.Answer(listener, arrival);
        if (successorIss is null ? Admission.IsFull(core, listener) : !Admission.HasRoomForSuccessor(core, listener))
            return Disposition.ListenDropped;
        tcb = Open(listener, ref arrival, successorIss);
        return Disposition.Opened;
    }

    /// <inheritdoc cref="SynCookieListen.TryReplace"/>
    public bool TryReplace(Tcb tcb, ref Arrival arrival) => _cookies.TryReplace(tcb, ref arrival);

    /// <summary>Text on the SYN is not kept, Fast Open apart: the peer sends it again once both ends are synchronized.</summary>
    private Tcb Open(Listener listener, ref Arrival arrival, SeqNum? successorIss)
    {
        var iss = successorIss ?? InitialSequenceNumber.Generate(core.Keys.InitialSequenceNumber, arrival.Tuple, arrival.Now);
        var tcb = TcbFactory.Create(core, arrival.Tuple, listener.Options, iss, isPassive: true);
        Handshake.ApplySyn(core, tcb, arrival.Segment, arrival.Now);
        Transitions.Move(tcb, TcpState.Listen);
        Transitions.Move(tcb, TcpState.SynReceived);
        tcb.Listener = listener;
        listener.HalfOpen++;
        tcb.Pending.Syn = true;
        core.Timers.Set(tcb, TcbTimer.GiveUp, arrival.Now + core.Options.HalfOpenTimeout);
        core.Add(tcb);
        core.Counters.Add(Counter.PassiveOpens);
        _fastOpen.Handle(listener, tcb, ref arrival);
        return tcb;
    }
}
