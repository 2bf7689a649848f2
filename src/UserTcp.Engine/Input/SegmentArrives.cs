using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
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
        if (SynQueue.FindAndUnpark(engine, arrival.Tuple, arrival.Hash) is { } tcb && !(tcb.State == TcpState.SynReceived && SegmentArrives.TryReplace(engine, tcb, ref arrival)))
        {
            engine.At(FaultPoint.SegmentArrives);
            var before = tcb.ReportedState;
            var disposition = before == TcpState.SynSent ? SynSent.Handle(engine, tcb, ref arrival) : OtherStates.Handle(engine, tcb, ref arrival);
            Observe(engine, arrival, tcb, before, tcb.ReportedState, disposition);
            return;
        }

        var timeWait = engine.TimeWait.Find(arrival.Tuple, arrival.Hash);
        engine.Current.EnterStateless();
        if (timeWait >= 0)
        {
            var disposition = TimeWait.Handle(engine, timeWait, ref arrival, out var successorIss);
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
            Observe(engine, arrival, null, TcpState.Closed, TcpState.Closed, SegmentArrives.HandleClosed(engine, arrival));
            return false;
        }

        var disposition = SegmentArrives.HandleListen(engine, listener, ref arrival, successorIss, out var tcb);
        if (tcb is not null)
        {
            // By a SYN cookie: what the ACK says is handled as if there had been a half-open connection.
            if (arrival.HasCookie)
                disposition = OtherStates.Handle(engine, tcb, ref arrival);
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

    public static Disposition HandleListen(EngineState engine, Listener listener, ref Arrival arrival, SeqNum? successorIss, out Tcb? tcb)
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

    public static Disposition HandleClosed(EngineState engine, in Arrival arrival)
    {
        // A RST is never answered with a RST.
        if (!arrival.Segment.Has(TcpFlags.Rst))
            Lifecycle.Reply(engine, arrival.Tuple, ResetFor(arrival.Segment), SegmentReason.ResetNoConnection);
        return Disposition.NoConnection;
    }

    /// <summary>The RST that the sender of a segment will believe (section 3.5.2, groups 1 and 2).</summary>
    public static TcpHeader ResetFor(in TcpSegment segment)
    {
        var (local, remote) = (segment.DestinationPort, segment.SourcePort);
        return segment.Has(TcpFlags.Ack)
            ? new TcpHeader(local, remote, segment.Ack, default, TcpFlags.Rst, 0)
            : new TcpHeader(local, remote, default, segment.Seq + segment.Length, TcpFlags.Rst | TcpFlags.Ack, 0);
    }
}
