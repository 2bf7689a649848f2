using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// SEGMENT ARRIVES (RFC 9293 section 3.10.7): finds the connection, the TIME-WAIT entry or the listener of a segment,
/// and hands it to the steps of that state. CLOSED (section 3.10.7.1) and LISTEN (section 3.10.7.2) are here. A segment
/// only changes state; output follows later.
/// </summary>
internal static class SegmentArrives
{
    public static void Handle(EngineState engine, ref Arrival arrival)
    {
        // The ACK of a cookie replaces the half-open connection; LISTEN then handles it.
        if (ConnectionLookup.Enter(engine, arrival.Tuple, arrival.Hash) is { } tcb
            && !(tcb.State == TcpState.SynReceived && SynCookieListen.TryReplace(engine, tcb, ref arrival)))
        {
            engine.At(FaultPoint.SegmentArrives);
            var before = tcb.ReportedState;
            var disposition = before == TcpState.SynSent
                ? SynSent.Handle(engine, tcb, ref arrival)
                : OtherStates.Handle(engine, tcb, ref arrival);
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

            // TIME-WAIT stays when the listener is full, and until the handshake of the new connection is complete.
            if (TryOpen(engine, ref arrival, TcpState.TimeWait, successorIss))
                engine.TimeWait.MarkReopened(timeWait);
            return;
        }

        TryOpen(engine, ref arrival, TcpState.Listen, successorIss: null);
    }

    /// <summary>A segment without a connection: CLOSED or LISTEN. True when it has opened a connection.</summary>
    private static bool TryOpen(EngineState engine, ref Arrival arrival, TcpState before, SeqNum? successorIss)
    {
        var listener = engine.Listeners.Find(arrival.Tuple.LocalAddress, arrival.Tuple.LocalPort);
        if (listener is null)
        {
            Observe(engine, arrival, null, TcpState.Closed, TcpState.Closed, HandleClosed(engine, ref arrival));
            return false;
        }

        var disposition = HandleListen(engine, listener, ref arrival, successorIss, out var tcb);
        if (tcb is not null)
        {
            // An ACK with a SYN cookie is handled as if a half-open connection had been there.
            if (arrival.HasCookie)
                disposition = OtherStates.Handle(engine, tcb, ref arrival);
            if (before == TcpState.TimeWait)
                disposition = Disposition.TimeWaitReused;
        }

        Observe(engine, arrival, tcb, before, tcb?.State ?? before, disposition);
        return tcb is not null;
    }

    /// <summary>CLOSED (section 3.10.7.1): a RST, but never in answer to a RST.</summary>
    private static Disposition HandleClosed(EngineState engine, ref Arrival arrival)
    {
        if (!arrival.Segment.Has(TcpFlags.Rst))
        {
            arrival.Meaning |= SegmentMeaning.AnsweredByReset;
            Lifecycle.ReplyReset(engine, arrival.Tuple, arrival.Segment, SegmentReason.ResetNoConnection);
        }

        return Disposition.NoConnection;
    }

    /// <summary>LISTEN (section 3.10.7.2).</summary>
    private static Disposition HandleListen(
        EngineState engine, Listener listener, ref Arrival arrival, SeqNum? successorIss, out Tcb? tcb)
    {
        tcb = null;
        var segment = arrival.Segment;

        // First, check for a RST; second, for an ACK. Only the ACK of a SYN cookie opens a connection.
        if (segment.Has(TcpFlags.Rst))
            return Disposition.ResetIgnored;
        if (segment.Has(TcpFlags.Ack))
            return SynCookieListen.HandleAck(engine, listener, ref arrival, out tcb);

        // Third, check for a SYN. No host sends SYN with FIN, only scanners do.
        if (!segment.Has(TcpFlags.Syn) || segment.Has(TcpFlags.Fin))
            return Disposition.WithoutAck;
        if (!Admission.HasRoomToAccept(engine, listener))
            return Disposition.ListenDropped;
        if (successorIss is null && Admission.UsesCookies(engine, listener))
            return SynCookieListen.Answer(engine, listener, arrival);
        var hasRoom = successorIss is null
            ? !Admission.IsFull(engine, listener)
            : Admission.HasRoomForSuccessor(engine, listener);
        if (!hasRoom)
            return Disposition.ListenDropped;
        tcb = Open(engine, listener, ref arrival, successorIss);
        return Disposition.Opened;
    }

    /// <summary>
    /// Opens a half-open connection. Except with Fast Open, the data of a SYN is dropped; the peer retransmits it.
    /// </summary>
    private static Tcb Open(EngineState engine, Listener listener, ref Arrival arrival, SeqNum? successorIss)
    {
        var iss = successorIss
            ?? InitialSequenceNumber.Generate(engine.Keys.InitialSequenceNumber, arrival.Tuple, arrival.Now);
        var tcb = TcbFactory.Create(engine, arrival.Tuple, listener.Options, iss, isPassive: true);
        PeerSyn.Apply(engine, tcb, arrival.Segment, arrival.Options, arrival.Now);
        // Figure 5 has no way from CLOSED to SYN-RECEIVED.
        Transitions.Move(tcb, TcpState.Listen);
        Transitions.Move(tcb, TcpState.SynReceived);
        tcb.Listener = listener;
        listener.HalfOpen++;
        tcb.Pending.Syn = true;
        tcb.Timers.Set(TcbTimer.GiveUp, arrival.Now + engine.Options.HalfOpenTimeout);
        Lifecycle.Add(engine, tcb);
        engine.Trace.OnOpened(tcb, ConnectionChangeKind.PassiveOpen);
        engine.Counters.Add(Counter.PassiveOpens);
        FastOpenListen.Handle(engine, listener, tcb, ref arrival);
        return tcb;
    }

    private static void Observe(
        EngineState engine, in Arrival arrival, Tcb? tcb, TcpState before, TcpState after, Disposition disposition)
    {
        if (IsDrop(disposition))
        {
            var isListenerFull = disposition == Disposition.ListenDropped;
            engine.Counters.Add(isListenerFull ? Counter.DroppedListenFull : Counter.DroppedUnacceptable);
        }

        if (engine.Trace.TakesEvent())
        {
            var observation = Observations.Received(
                arrival.Tuple, arrival.Segment, arrival.Options, tcb, before, after, disposition, arrival.Now);
            engine.Trace.OnSegment(tcb, observation with { Meaning = arrival.Meaning, IsCe = arrival.IsCe });
        }
    }

    private static bool IsDrop(Disposition disposition) => disposition is not (
        Disposition.Accepted or Disposition.Opened or Disposition.AnsweredByCookie or Disposition.Reset
        or Disposition.TimeWait or Disposition.TimeWaitReused);
}
