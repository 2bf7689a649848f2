using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>A segment in SYN-SENT (RFC 9293 section 3.10.7.3).</summary>
internal static class SynSent
{
    // The delay of a SYN behind a RST, so that the peer handles the RST first. Linux waits two jiffies.
    private static readonly TimeSpan ResetDelay = TimeSpan.FromMilliseconds(10);

    public static Disposition Handle(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        var segment = arrival.Segment;
        var hasAck = segment.Has(TcpFlags.Ack);

        // First, check the ACK bit: it has to acknowledge our SYN.
        if (hasAck && !tcb.Snd.Outstanding.ContainsEnd(segment.Ack))
        {
            if (!segment.Has(TcpFlags.Rst))
            {
                arrival.Meaning |= SegmentMeaning.AnsweredByReset;
                Lifecycle.ReplyReset(engine, arrival.Tuple, segment, SegmentReason.ResetUnacceptableAck);
                SendSynSoon(engine, tcb, arrival.Now);
            }

            return Disposition.AckUnacceptable;
        }

        // Second, the RST bit: it counts only with an acceptable ACK.
        if (segment.Has(TcpFlags.Rst))
        {
            if (!hasAck)
                return Disposition.ResetIgnored;
            Lifecycle.Delete(engine, tcb, EngineError.ConnectionRefused);
            return Disposition.Reset;
        }

        // Fourth, the SYN bit.
        if (!segment.Has(TcpFlags.Syn))
            return Disposition.WithoutAck;
        PeerSyn.Apply(engine, tcb, segment, arrival.Options, arrival.Now);
        if (!hasAck)
        {
            BecomeSynReceived(engine, tcb, arrival.Now);
            return Disposition.Accepted;
        }

        FastOpenConnect.OnSynAck(engine, tcb, segment.Ack, arrival.Options.FastOpen, arrival.Now);
        var echo = tcb.Ts.Ok ? arrival.Options.Timestamps?.Echo : null;
        var roundTrip = echo is { } value ? tcb.Ts.RoundTrip(value, arrival.Now, engine.Options.MaxRto) : null;
        Handshake.Complete(engine, tcb, segment.Ack, roundTrip, arrival.Now);
        tcb.Pending.Ack = SegmentReason.CompleteHandshake;
        HandleDataOfSyn(engine, tcb, ref arrival);
        return Disposition.Accepted;
    }

    /// <summary>
    /// The peer still has an old connection (section 3.5.1, figure 9), which our RST ends. The SYN is retransmitted
    /// after <see cref="ResetDelay"/> and not after an RTO. That happens once for each SYN that the retransmission
    /// timer sends, so a flood of wrong ACKs draws no more SYNs.
    /// </summary>
    private static void SendSynSoon(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        var soon = now + ResetDelay;
        if (tcb.EarlySyn != EarlySyn.None || tcb.Pending.Syn || tcb.Timers[TcbTimer.Retransmission] <= soon)
            return;
        tcb.EarlySyn = EarlySyn.Due;
        tcb.Timers.Set(TcbTimer.Retransmission, soon);
    }

    /// <summary>
    /// Simultaneous open (section 3.5, MUST-10): retransmits our SYN with an ACK. Drops data of the peer's SYN.
    /// </summary>
    private static void BecomeSynReceived(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        Transitions.Move(tcb, TcpState.SynReceived);
        tcb.Pending.Syn = true;
        tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
    }

    /// <summary>The data and the FIN of a SYN,ACK (section 3.10.7.3): the seventh and eighth steps.</summary>
    private static void HandleDataOfSyn(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        arrival.Seq += 1;
        arrival.Trim(tcb.Rcv.Nxt, tcb.Rcv.Edge);
        PayloadStep.RecordFin(tcb, arrival);
        if (PayloadStep.HandlePayload(engine, tcb, ref arrival))
            PayloadStep.HandleFin(engine, tcb, ref arrival);
    }
}
