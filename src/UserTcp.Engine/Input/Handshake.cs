using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>What the two SYNs of a connection settle (RFC 9293 section 3.5, RFC 7323 section 2.2).</summary>
internal static class Handshake
{
    private const int DefaultMssIPv4 = 536;
    private const int DefaultMssIPv6 = 1220;

    // Less would let a peer make us send more headers than text (CVE-2019-11479); 48 is Linux's floor.
    private const int MinMss = 48;

    /// <summary>Takes the peer's SYN: its sequence number, its options, its window.</summary>
    public static void ApplySyn(EngineState engine, Tcb tcb, in TcpSegment segment, MonotonicTime now)
    {
        var options = segment.Options;
        tcb.Ts.OnSyn(options.Timestamps?.Value, now);
        tcb.SackOk = tcb.SackOk && options.SackPermitted;
        tcb.Ecn.OnSyn(segment.Flags);
        UserTimeoutArrives.Handle(tcb, segment);
        ApplySyn(engine, tcb, segment.Seq, options.Mss, options.WindowScale);
        // The window of a SYN is never scaled.
        SetSendWindow(tcb, segment.Seq, segment.Ack, segment.Window);
    }

    /// <summary>Takes a SYN's sequence number and what its options say, or that they are not there; its timestamps before.</summary>
    public static void ApplySyn(EngineState engine, Tcb tcb, SeqNum irs, ushort? mss, WindowScale? peerScale)
    {
        tcb.Rcv.Irs = irs;
        tcb.Rcv.Nxt = tcb.Rcv.AckSent = irs + 1;
        tcb.Rcv.Edge = tcb.Rcv.Nxt + Math.Min(tcb.Rcv.Buffer, ushort.MaxValue);
        if (peerScale is { } scale)
        {
            tcb.Snd.Scale = scale;
        }
        else
        {
            tcb.OffersWindowScale = false;
            tcb.Rcv.Scale = WindowScale.None;
        }

        tcb.Snd.PeerMss = PeerMss(tcb.Tuple.LocalAddress, mss);
        tcb.Snd.Mss = engine.EffectiveSendMss(tcb);
        tcb.Rcv.LargestPayload = Math.Min(DefaultMssIPv4, engine.MssOfLink(tcb.Tuple.LocalAddress));
    }

    /// <summary>The peer's MSS in bytes. MUST-15: no option means the default.</summary>
    public static int PeerMss(IpAddress family, ushort? mss) => Math.Max(mss ?? (family.IsIPv4 ? DefaultMssIPv4 : DefaultMssIPv6), MinMss);

    public static void SetSendWindow(Tcb tcb, SeqNum seq, SeqNum ack, uint window)
    {
        tcb.Snd.Wnd = window;
        tcb.Snd.MaxWnd = Math.Max(tcb.Snd.MaxWnd, window);
        tcb.Snd.Wl1 = seq;
        tcb.Snd.Wl2 = ack;
    }

    /// <summary>Our SYN is acknowledged too: ESTABLISHED. <paramref name="roundTrip"/> is what the ACK's timestamps say.</summary>
    public static void Complete(EngineState engine, Tcb tcb, SeqNum ack, TimeSpan? roundTrip, MonotonicTime now)
    {
        var isEarly = tcb.IsOpenEarly || tcb.FinSent;
        // Text, or a FIN, that a connection has sent in SYN-RECEIVED is acknowledged as any text is.
        tcb.Snd.Una = isEarly ? tcb.Snd.Iss + 1 : ack;
        if (!isEarly)
            FastOpenConnect.Acknowledge(engine, tcb, ack);
        MeasureRoundTrip(tcb, roundTrip, now);
        if (tcb.HandshakeRetransmitted)
            tcb.Rtt.OnHandshakeRetransmitted();
        // Retransmission and patience; a crowd that is idle from now on need not wait in the queue for them to pass.
        engine.Timers.Remove(tcb);
        tcb.Pending.Syn = false;
        tcb.LastAckReceived = now;
        tcb.Loss.OnHandshakeComplete();
        Transitions.Move(tcb, TcpState.Established);
        KeepAlive.Schedule(tcb);
        if (isEarly)
            BecomeOrdinary(engine, tcb, now);
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

        // A CLOSE that came before this has been carried out as far as it could be (section 3.10.4).
        if (tcb.FinQueued)
            Transitions.Move(tcb, TcpState.FinWait1);
    }

    /// <summary>
    /// The half-open connection's slot is free again; a passive one returns to LISTEN, its listener untouched. One that is used already has
    /// a user who hears of it, and counts on (RFC 7413 section 5.1).
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

    /// <summary>What was sent once is measured; what was sent again only if its timestamps tell (RFC 6298 section 3).</summary>
    private static void MeasureRoundTrip(Tcb tcb, TimeSpan? echoed, MonotonicTime now)
    {
        var measured = tcb.IsSynAmbiguous ? echoed : now - tcb.Loss.WaitingSince;
        if (measured is not { } roundTrip)
            return;
        tcb.Rtt.Measure(roundTrip);
        tcb.Rtt.UpdateMinRtt(roundTrip, now);
    }

    /// <summary>A connection that has been used in SYN-RECEIVED: its data, or its FIN, may be on the way.</summary>
    private static void BecomeOrdinary(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        tcb.EndFastOpen();
        if (tcb.Snd.FlightSize == 0)
            return;
        if (tcb.Loss.OnWaiting(now))
            MinProgress.Begin(engine, tcb, now);
        tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
    }
}
