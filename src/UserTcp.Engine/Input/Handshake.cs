using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>The end of a handshake (RFC 9293 section 3.5): our SYN is acknowledged, or it is refused.</summary>
internal static class Handshake
{
    /// <summary>Our SYN is acknowledged: ESTABLISHED.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="tcb">The connection.</param>
    /// <param name="ack">SEG.ACK, which covers our SYN.</param>
    /// <param name="roundTrip">The round-trip time by TSecr; null without timestamps.</param>
    /// <param name="now">The time.</param>
    public static void Complete(EngineState engine, Tcb tcb, SeqNum ack, TimeSpan? roundTrip, MonotonicTime now)
    {
        var isEarly = tcb.IsOpenEarly || tcb.FinSent;
        // Data, or a FIN, that was sent in SYN-RECEIVED is acknowledged by the ACK step, as later data is.
        tcb.Snd.Una = isEarly ? tcb.Snd.Iss + 1 : ack;
        if (!isEarly)
            FastOpenConnect.Acknowledge(engine, tcb, ack);
        MeasureRoundTrip(tcb, roundTrip, now);
        if (tcb.HandshakeRetransmitted)
            tcb.Rtt.OnHandshakeRetransmitted();
        // Stops the retransmission and give-up timers. Idle connections must not stay in the timer queue for them.
        engine.Timers.Remove(tcb);
        tcb.Pending.Syn = false;
        tcb.LastAckReceived = now;
        tcb.Loss.OnHandshakeComplete();
        Transitions.Move(tcb, TcpState.Established);
        KeepAlive.Schedule(tcb);
        if (isEarly)
            StartTimersOfEarlyData(engine, tcb, now);
        if (!tcb.IsPassive)
        {
            engine.Events.Raise(tcb, EngineEvents.Established);
        }
        else if (!isEarly && tcb.Listener is { } listener)
        {
            listener.HalfOpen--;
            listener.Accepted.Enqueue(tcb);
            engine.Events.RaiseAcceptable(listener);
        }

        // CLOSE in SYN-RECEIVED has queued a FIN (section 3.10.4): the transition follows now.
        if (tcb.FinQueued)
            Transitions.Move(tcb, TcpState.FinWait1);
    }

    /// <summary>
    /// A RST in SYN-RECEIVED. A passive open returns to LISTEN: the half-open connection is deleted, and its listener
    /// stays. After Fast Open the application gets the error, and the request still counts as pending (RFC 7413
    /// section 5.1).
    /// </summary>
    public static void Refuse(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.IsOpenEarly)
        {
            tcb.FastOpen!.Pending!.FastOpens.OnReset(now);
            Lifecycle.Delete(engine, tcb, EngineError.ConnectionReset);
            return;
        }

        Lifecycle.Delete(engine, tcb, tcb.IsPassive ? EngineError.None : EngineError.ConnectionRefused);
    }

    /// <summary>
    /// Karn's algorithm (RFC 6298 section 3): a SYN that was retransmitted is measured by its timestamps only.
    /// </summary>
    private static void MeasureRoundTrip(Tcb tcb, TimeSpan? echoed, MonotonicTime now)
    {
        var measured = tcb.IsSynAmbiguous ? echoed : now - tcb.Loss.WaitingSince;
        if (measured is not { } roundTrip)
            return;
        tcb.Rtt.Measure(roundTrip);
        tcb.Rtt.UpdateMinRtt(roundTrip, now);
    }

    /// <summary>
    /// The application has sent data or a FIN in SYN-RECEIVED: starts the timers for what is in flight.
    /// </summary>
    private static void StartTimersOfEarlyData(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        tcb.EndFastOpen();
        if (tcb.Snd.FlightSize == 0)
            return;
        if (tcb.Loss.OnWaiting(now))
            MinProgress.Begin(engine, tcb, now);
        tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
    }
}
