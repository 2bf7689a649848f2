using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>A segment in SYN-RECEIVED or any later state (RFC 9293 section 3.10.7.4), step by step.</summary>
internal static class OtherStates
{

    public static Disposition Handle(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        arrival.HasSyn = arrival.Segment.Has(TcpFlags.Syn);
        if (tcb.Ts.Ok)
            arrival.Timestamps = arrival.Segment.Options.Timestamps;
        if (FailsPaws(tcb, arrival))
            return RejectByPaws(engine, tcb, arrival);
        if (IsRepeatedSyn(tcb, arrival.Segment))
        {
            // Alone: our SYN,ACK was lost, and goes out again; what text there was comes again too.
            if (!arrival.Segment.Has(TcpFlags.Ack))
                return AnswerRepeatedSyn(tcb, arrival);
            // In a simultaneous open it comes with an ACK (section 3.5, figure 8), and is trimmed off as what is left of the window.
            arrival.HasSyn = false;
            arrival.Seq += 1;
        }

        // First, check the sequence number.
        if (!IsAcceptable(tcb, arrival))
            return Unacceptable(engine, tcb, arrival);
        arrival.Trim(tcb.Rcv.Nxt, tcb.Rcv.Edge);

        // Second, the RST bit; fourth, the SYN bit. (Third, security and compartment, is for multi-level secure systems.)
        if (arrival.Segment.Has(TcpFlags.Rst))
            return Reset(engine, tcb, arrival);
        if (arrival.HasSyn)
        {
            Challenge(engine, tcb, SegmentReason.ChallengeAck, arrival.Now);
            return Disposition.SynChallenged;
        }

        // Fifth, the ACK field.
        if (!arrival.Segment.Has(TcpFlags.Ack))
            return Disposition.WithoutAck;
        var disposition = AckStep.Handle(engine, tcb, arrival);
        if (disposition != Disposition.Accepted || !tcb.IsLive)
            return disposition;

        UserTimeoutArrives.Handle(tcb, arrival.Segment);

        // Sixth, the URG bit. Seventh, the text. Eighth, the FIN.
        PayloadStep.HandleUrg(engine, tcb, arrival.Segment);
        PayloadStep.RecordFin(tcb, arrival);
        if (!PayloadStep.HandlePayload(engine, tcb, ref arrival))
            return Disposition.AfterClose;
        PayloadStep.HandleFin(engine, tcb, ref arrival);
        return Disposition.Accepted;
    }

    /// <summary>
    /// Answers with an ACK that says where we are. For one connection at most one in <see cref="EngineOptions.ChallengeAckInterval"/>
    /// (RFC 5961 section 7): a limit shared between connections would tell an attacker of others (CVE-2016-5696).
    /// </summary>
    internal static void Challenge(EngineState engine, Tcb tcb, SegmentReason reason, MonotonicTime now)
    {
        if (now < tcb.NextChallengeAck)
            return;
        tcb.NextChallengeAck = now + engine.Options.ChallengeAckInterval;
        tcb.Pending.Ack = reason;
        if (reason == SegmentReason.ChallengeAck)
            engine.Counters.Add(Counter.ChallengeAcks);
    }

    /// <summary>
    /// What the segment tells of the peer's clock is believed once its ACK is: whoever has to guess (RFC 5961) cannot move TS.Recent on,
    /// which would shut the peer out.
    /// </summary>
    internal static void RecordTimestamp(Tcb tcb, in Arrival arrival)
    {
        if (arrival.Timestamps is { } timestamps)
            tcb.Ts.OnSegment(timestamps.Value, arrival.Segment.Seq, tcb.Rcv.AckSent, arrival.Now);
    }

    /// <summary>PAWS (RFC 7323 section 5.3, R1), which comes before the sequence number and passes over a RST (section 5.2).</summary>
    private static bool FailsPaws(Tcb tcb, in Arrival arrival) =>
        arrival.Timestamps is { } timestamps && !arrival.Segment.Has(TcpFlags.Rst) && tcb.Ts.IsOld(timestamps.Value, arrival.Now);

    private static Disposition RejectByPaws(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        engine.Counters.Add(Counter.DroppedPaws);
        Unacceptable(engine, tcb, arrival);
        return Disposition.Paws;
    }

    /// <summary>In SYN-RECEIVED the peer's SYN may come again.</summary>
    private static bool IsRepeatedSyn(Tcb tcb, in TcpSegment segment) =>
        tcb.State == TcpState.SynReceived && segment.Has(TcpFlags.Syn) && segment.Seq == tcb.Rcv.Irs && !segment.Has(TcpFlags.Rst);

    private static Disposition AnswerRepeatedSyn(Tcb tcb, in Arrival arrival)
    {
        RecordTimestamp(tcb, arrival);
        // Without the bits it is the peer's second attempt (RFC 3168 section 6.1.1.1).
        tcb.Ecn.OnSyn(arrival.Segment.Flags);
        tcb.Pending.Syn = true;
        tcb.HandshakeRetransmitted = true;
        return Disposition.OutsideWindow;
    }

    /// <summary>The four cases of table 6 (section 3.4). An empty window takes no text, but ACK and RST at its place (MUST-66).</summary>
    private static bool IsAcceptable(Tcb tcb, in Arrival arrival)
    {
        var length = (uint)arrival.Payload.Length + (arrival.HasSyn ? 1u : 0) + (arrival.Fin ? 1u : 0);
        var window = tcb.Rcv.Wnd;
        if (window == 0)
            return arrival.Seq == tcb.Rcv.Nxt;
        // A peer that has filled the window sends its bare ACKs from the right edge itself.
        if (length == 0 && arrival.Seq == tcb.Rcv.Edge && !arrival.Segment.Has(TcpFlags.Rst))
            return true;
        return arrival.Seq.IsIn(tcb.Rcv.Nxt, window) ||
            (length > 0 && (arrival.Seq + (length - 1)).IsIn(tcb.Rcv.Nxt, window));
    }

    private static Disposition Unacceptable(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        if (arrival.Segment.Has(TcpFlags.Rst))
            return Disposition.ResetIgnored;
        // RFC 5961 section 4.2: a SYN is challenged wherever it lies.
        if (arrival.HasSyn)
        {
            Challenge(engine, tcb, SegmentReason.ChallengeAck, arrival.Now);
            return Disposition.SynChallenged;
        }

        // Text is answered each time, for its sender waits for it; the rest at a limited rate, lest two ends that disagree
        // answer each other for ever.
        if (arrival.Segment.Length > 0)
            tcb.Pending.Ack = SegmentReason.UnacceptableSegment;
        else
            Challenge(engine, tcb, SegmentReason.UnacceptableSegment, arrival.Now);
        if (tcb.SackOk && tcb.IsSynchronized)
            PayloadStep.RecordOldDuplicate(tcb, arrival.Segment);
        return Disposition.OutsideWindow;
    }

    /// <summary>RFC 5961 section 3.2: only the exact next sequence number resets; others in the window are challenged.</summary>
    private static Disposition Reset(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        if (arrival.Segment.Seq != tcb.Rcv.Nxt)
        {
            Challenge(engine, tcb, SegmentReason.ChallengeAck, arrival.Now);
            return Disposition.ResetChallenged;
        }

        switch (tcb.State)
        {
            case TcpState.SynReceived:
                Handshake.Refuse(engine, tcb, arrival.Now);
                break;
            case TcpState.Closing or TcpState.LastAck:
                // Both sides have said that they were done, and it is no loss to anybody, unless text of ours was still out (MUST-12).
                Lifecycle.Delete(engine, tcb, tcb.SendQueue.Length == 0 ? EngineError.None : EngineError.ConnectionReset);
                break;
            default:
                engine.Counters.Add(Counter.EstablishedResets);
                Lifecycle.Delete(engine, tcb, EngineError.ConnectionReset);
                break;
        }

        return Disposition.Reset;
    }
}
