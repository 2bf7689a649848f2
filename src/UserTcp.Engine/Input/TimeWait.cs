using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Tables;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>A segment in TIME-WAIT (RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 6191).</summary>
internal static class TimeWait
{
    // Max time from our ACK of a SYN to the RST that rejects it: longer than a path's round trip.
    private static readonly TimeSpan MaxRoundTrip = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Handles the segment. <see cref="Disposition.TimeWaitReused"/>: it is a SYN for a new connection, and
    /// <paramref name="successorIss"/> lies beyond the old connection's sequence numbers. TIME-WAIT stays until the new
    /// connection is established.
    /// </summary>
    public static Disposition Handle(EngineState engine, int index, ref Arrival arrival, out SeqNum? successorIss)
    {
        successorIss = null;
        ref var entry = ref engine.TimeWait.At(index);
        var segment = arrival.Segment;

        if (segment.Has(TcpFlags.Rst))
            return HandleReset(ref entry, arrival);
        // Fifth step: a segment without ACK is dropped.
        if (!segment.Has(TcpFlags.Ack) && !segment.Has(TcpFlags.Syn))
            return Disposition.WithoutAck;
        if (entry.MayReopen && IsSynAlone(segment) && IsListenedTo(engine, arrival.Tuple))
            return Reuse(engine, entry, arrival, out successorIss);
        var value = entry.TsRecent is null ? null : arrival.Options.Timestamps?.Value;
        if (value is { } old && TimestampClock.IsBefore(old, entry.TsRecent.GetValueOrDefault()))
            return RejectByPaws(engine, ref entry, ref arrival);
        if (segment.Has(TcpFlags.Syn))
        {
            if (segment.Has(TcpFlags.Ack) || !IsNewer(entry, segment.Seq, value)
                || !IsListenedTo(engine, arrival.Tuple))
            {
                return AnswerAtLimitedRate(engine, ref entry, ref arrival);
            }

            // MAY-2: a SYN beyond RCV.NXT of the old connection may open a new one.
            return Reuse(engine, entry, arrival, out successorIss);
        }

        // A pure ACK at RCV.NXT is expected; the peer's FIN may be retransmitted.
        var isNothingNew = segment.Length == 0 && segment.Seq == entry.RcvNxt;
        var isRepeatedFin = segment.Has(TcpFlags.Fin) && segment.Seq + segment.Length == entry.RcvNxt;
        if (value is not null && (isNothingNew || isRepeatedFin))
            entry.TsRecent = value;
        if (isNothingNew)
            return Disposition.TimeWait;
        if (!isRepeatedFin)
            return AnswerAtLimitedRate(engine, ref entry, ref arrival);
        arrival.Meaning |= SegmentMeaning.FinAgain;
        // Eighth step: our ACK of the FIN was lost. The 2 MSL timer restarts.
        entry.HasAnsweredSyn = false;
        engine.TimeWait.Restart(index, arrival.Now);
        return Acknowledge(engine, entry, arrival);
    }

    /// <summary>
    /// Acknowledges at the rate of challenge ACKs (RFC 5961 section 7), for all segments but the peer's FIN. Without
    /// the limit, two ends that disagree would answer each other for 2 MSL, and an attacker could make this end send.
    /// The milliseconds wrap after 65 s, so once in a while an ACK is left out, which does no harm.
    /// </summary>
    private static Disposition AnswerAtLimitedRate(EngineState engine, ref TimeWaitEntry entry, ref Arrival arrival)
    {
        if (SinceAnswered(entry, arrival.Now, out var milliseconds) < engine.Options.ChallengeAckInterval)
        {
            arrival.Meaning |= SegmentMeaning.ChallengeSuppressed;
            return Disposition.TimeWait;
        }

        entry.AnsweredMilliseconds = milliseconds;
        entry.HasAnsweredSyn = IsSynAlone(arrival.Segment);
        return Acknowledge(engine, entry, arrival);
    }

    private static TimeSpan SinceAnswered(in TimeWaitEntry entry, MonotonicTime now, out ushort milliseconds)
    {
        milliseconds = unchecked((ushort)(now.Ticks / TimeSpan.TicksPerMillisecond));
        return TimeSpan.FromMilliseconds(unchecked((ushort)(milliseconds - entry.AnsweredMilliseconds)));
    }

    /// <summary>
    /// A RST does not end TIME-WAIT (RFC 1337). A RST that rejects our ACK of a SYN (RFC 9293 section 3.5.1, figure 9)
    /// shows that the peer is in SYN-SENT and has no old connection. Then the next SYN may open a new connection
    /// (docs/decisions/0038). TIME-WAIT stays until that connection is established.
    /// </summary>
    private static Disposition HandleReset(ref TimeWaitEntry entry, in Arrival arrival)
    {
        var segment = arrival.Segment;
        // SYN-SENT answers our ACK by a RST with SEG.SEQ = our SEG.ACK = RCV.NXT and without ACK (section 3.5.2).
        if (!entry.HasAnsweredSyn || segment.Seq != entry.RcvNxt || segment.Length > 0 || segment.Has(TcpFlags.Ack))
            return Disposition.ResetIgnored;
        if (SinceAnswered(entry, arrival.Now, out _) > MaxRoundTrip)
            return Disposition.ResetIgnored;
        entry.HasAnsweredSyn = false;
        entry.MayReopen = true;
        return Disposition.TimeWait;
    }

    private static bool IsSynAlone(in TcpSegment segment) =>
        segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Ack) && !segment.Has(TcpFlags.Rst)
        && !segment.Has(TcpFlags.Fin);

    private static Disposition Reuse(
        EngineState engine, in TimeWaitEntry entry, in Arrival arrival, out SeqNum? successorIss)
    {
        successorIss = SuccessorIss(engine, entry, arrival);
        return Disposition.TimeWaitReused;
    }

    private static Disposition Acknowledge(EngineState engine, in TimeWaitEntry entry, in Arrival arrival)
    {
        var header = new TcpHeader(
            arrival.Tuple.LocalPort, arrival.Tuple.RemotePort, entry.SndNxt, entry.RcvNxt, TcpFlags.Ack,
            entry.WindowField);
        Lifecycle.Reply(engine, arrival.Tuple, header, SegmentReason.TimeWaitAck, entry.TsRecent);
        return Disposition.TimeWait;
    }

    /// <summary>
    /// PAWS (RFC 7323 section 5.3): counts and drops the segment, and acknowledges at a limited rate.
    /// </summary>
    private static Disposition RejectByPaws(EngineState engine, ref TimeWaitEntry entry, ref Arrival arrival)
    {
        engine.Counters.Add(Counter.DroppedPaws);
        AnswerAtLimitedRate(engine, ref entry, ref arrival);
        return Disposition.Paws;
    }

    /// <summary>
    /// True when a SYN is newer than the old connection: by its timestamp, or, with the same timestamp or none, by its
    /// sequence number (SHLD-4, RFC 6191 section 2).
    /// </summary>
    private static bool IsNewer(in TimeWaitEntry entry, SeqNum seq, uint? value) =>
        (value is { } newer && newer != entry.TsRecent) || seq > entry.RcvNxt;

    private static bool IsListenedTo(EngineState engine, in FourTuple tuple) =>
        engine.Listeners.Find(tuple.LocalAddress, tuple.LocalPort) is not null;

    /// <summary>An ISS larger than any sequence number of the old connection (section 3.6.1).</summary>
    private static SeqNum SuccessorIss(EngineState engine, in TimeWaitEntry entry, in Arrival arrival)
    {
        var iss = InitialSequenceNumber.Generate(engine.Keys.InitialSequenceNumber, arrival.Tuple, arrival.Now);
        return SeqNum.Max(iss, entry.SndNxt + ushort.MaxValue);
    }
}
