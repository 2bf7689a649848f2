using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// A segment in SYN-RECEIVED or any later state (RFC 9293 section 3.10.7.4): steps 1 to 4, and the order of all eight.
/// </summary>
internal static class OtherStates
{
    public static Disposition Handle(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        arrival.HasSyn = arrival.Segment.Has(TcpFlags.Syn);
        if (tcb.Ts.Ok)
            arrival.Timestamps = arrival.Options.Timestamps;
        if (FailsPaws(tcb, arrival))
            return RejectByPaws(engine, tcb, ref arrival);
        if (IsRepeatedSyn(tcb, arrival.Segment))
        {
            // Without an ACK: our SYN,ACK was lost. It is retransmitted, and the peer retransmits the SYN's data.
            if (!arrival.Segment.Has(TcpFlags.Ack))
                return AnswerRepeatedSyn(tcb, ref arrival);
            // With an ACK: a simultaneous open (section 3.5, figure 8). The SYN is trimmed off; the rest is handled.
            arrival.HasSyn = false;
            arrival.Seq += 1;
        }

        // First, check the sequence number.
        if (!IsAcceptable(tcb, arrival))
            return HandleUnacceptable(engine, tcb, ref arrival);
        arrival.Meaning |= ArrivedData.BeforeTrim(tcb, arrival);
        arrival.Trim(tcb.Rcv.Nxt, tcb.Rcv.Edge);

        // Second, the RST bit; fourth, the SYN bit. (Third, security and compartment, is for multi-level secure
        // systems.)
        if (arrival.Segment.Has(TcpFlags.Rst))
            return HandleReset(engine, tcb, ref arrival);
        if (arrival.HasSyn)
        {
            ChallengeAck.Request(engine, tcb, SegmentReason.ChallengeAck, ref arrival);
            return Disposition.SynChallenged;
        }

        // Fifth, the ACK field.
        if (!arrival.Segment.Has(TcpFlags.Ack))
            return Disposition.WithoutAck;
        var disposition = AckStep.Handle(engine, tcb, ref arrival);
        if (disposition != Disposition.Accepted || !tcb.IsLive)
            return disposition;

        UserTimeout.Record(tcb, arrival.Options);

        // Sixth, the URG bit. Seventh, the data. Eighth, the FIN.
        PayloadStep.HandleUrg(engine, tcb, ref arrival);
        PayloadStep.RecordFin(tcb, arrival);
        if (!PayloadStep.HandlePayload(engine, tcb, ref arrival))
            return Disposition.AfterClose;
        PayloadStep.HandleFin(engine, tcb, ref arrival);
        return Disposition.Accepted;
    }

    /// <summary>
    /// PAWS, R1 (RFC 7323 section 5.3): checked before the sequence number, and not for a RST (section 5.2).
    /// </summary>
    private static bool FailsPaws(Tcb tcb, in Arrival arrival) =>
        arrival.Timestamps is { } timestamps && !arrival.Segment.Has(TcpFlags.Rst)
        && tcb.Ts.IsOld(timestamps.Value, arrival.Now);

    private static Disposition RejectByPaws(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        engine.Counters.Add(Counter.DroppedPaws);
        HandleUnacceptable(engine, tcb, ref arrival);
        return Disposition.Paws;
    }

    /// <summary>True for a retransmission of the peer's SYN in SYN-RECEIVED.</summary>
    private static bool IsRepeatedSyn(Tcb tcb, in TcpSegment segment) =>
        tcb.State == TcpState.SynReceived && segment.Has(TcpFlags.Syn) && segment.Seq == tcb.Rcv.Irs
        && !segment.Has(TcpFlags.Rst);

    private static Disposition AnswerRepeatedSyn(Tcb tcb, ref Arrival arrival)
    {
        arrival.Meaning |= SegmentMeaning.SynAgain;
        AckStep.RecordTimestamp(tcb, arrival);
        // A peer that drops ECE and CWR from its second SYN gives up ECN (RFC 3168 section 6.1.1.1).
        tcb.Ecn.OnSyn(arrival.Segment.Flags);
        tcb.Pending.Syn = true;
        tcb.HandshakeRetransmitted = true;
        return Disposition.OutsideWindow;
    }

    /// <summary>
    /// The four cases of table 6 (section 3.4). A zero window accepts no data, but a RST or an ACK at RCV.NXT
    /// (MUST-66).
    /// </summary>
    private static bool IsAcceptable(Tcb tcb, in Arrival arrival)
    {
        var length = (uint)arrival.Payload.Length + (arrival.HasSyn ? 1u : 0) + (arrival.Fin ? 1u : 0);
        var window = tcb.Rcv.Wnd;
        if (window == 0)
            return arrival.Seq == tcb.Rcv.Nxt;
        // A peer that has filled the window sends its pure ACKs from the right edge itself.
        if (length == 0 && arrival.Seq == tcb.Rcv.Edge && !arrival.Segment.Has(TcpFlags.Rst))
            return true;
        return arrival.Seq.IsIn(tcb.Rcv.Nxt, window) ||
            (length > 0 && (arrival.Seq + (length - 1)).IsIn(tcb.Rcv.Nxt, window));
    }

    private static Disposition HandleUnacceptable(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        arrival.Meaning |= ArrivedData.Unacceptable(tcb, arrival);
        if (arrival.Segment.Has(TcpFlags.Rst))
            return Disposition.ResetIgnored;
        // RFC 5961 section 4.2: a SYN is challenged whatever its sequence number.
        if (arrival.HasSyn)
        {
            ChallengeAck.Request(engine, tcb, SegmentReason.ChallengeAck, ref arrival);
            return Disposition.SynChallenged;
        }

        // Data is always acknowledged: its sender waits for that. Other segments are answered at a limited rate, so
        // that two ends that disagree do not answer each other for ever.
        if (arrival.Segment.Length > 0)
            tcb.Pending.Ack = SegmentReason.UnacceptableSegment;
        else
            ChallengeAck.Request(engine, tcb, SegmentReason.UnacceptableSegment, ref arrival);
        if (tcb.SackOk && tcb.IsSynchronized)
            PayloadStep.RecordOldDuplicate(tcb, arrival.Segment);
        return Disposition.OutsideWindow;
    }

    /// <summary>
    /// RFC 5961 section 3.2: only a RST at RCV.NXT resets; any other in the window draws a challenge ACK.
    /// </summary>
    private static Disposition HandleReset(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        if (arrival.Segment.Seq != tcb.Rcv.Nxt)
        {
            ChallengeAck.Request(engine, tcb, SegmentReason.ChallengeAck, ref arrival);
            return Disposition.ResetChallenged;
        }

        switch (tcb.State)
        {
            case TcpState.SynReceived:
                Handshake.Refuse(engine, tcb, arrival.Now);
                break;
            case TcpState.Closing or TcpState.LastAck:
                // Both ends have sent FIN. The RST is an error only while data of ours is unacknowledged (MUST-12).
                var error = tcb.SendQueue.Length == 0 ? EngineError.None : EngineError.ConnectionReset;
                Lifecycle.Delete(engine, tcb, error);
                break;
            default:
                engine.Counters.Add(Counter.EstablishedResets);
                Lifecycle.Delete(engine, tcb, EngineError.ConnectionReset);
                break;
        }

        return Disposition.Reset;
    }
}
