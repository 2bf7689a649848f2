using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>Explains segments that we sent.</summary>
internal static class Departures
{
    /// <summary>Sequence numbers that a segment takes: its data, SYN and FIN.</summary>
    public static uint LengthOf(in SegmentObservation segment) =>
        (uint)segment.PayloadLength + ((segment.Header.Flags & TcpFlags.Syn) != 0 ? 1u : 0)
        + ((segment.Header.Flags & TcpFlags.Fin) != 0 ? 1u : 0);

    public static Explanation Explain(in TraceEvent traceEvent, Conversation conversation)
    {
        var segment = traceEvent.Segment;
        var earlier = FindEarlier(segment, conversation);
        var phrases = new List<Phrase> { Main(segment, traceEvent.Vitals, conversation, isAgain: earlier is not null) };
        long? because = conversation.Cause;
        if (earlier is not null)
        {
            because = conversation.FindLoss(segment.Header.Seq, earlier.Number)?.Number ?? because;
            AddRetransmission(phrases, segment, conversation, earlier);
        }

        AddSack(phrases, segment, conversation);
        AddFlags(phrases, segment);
        AddOurWindow(phrases, segment, traceEvent.Vitals);
        Follow(segment, conversation);
        return new Explanation(phrases)
        {
            Because = because,
            Of = earlier?.Number,
            Window = Window(segment, conversation),
        };
    }

    /// <summary>
    /// The transmission that this one repeats; null for none. The SYN,ACK of a simultaneous open does not repeat our
    /// SYN.
    /// </summary>
    private static SentSegment? FindEarlier(in SegmentObservation segment, Conversation conversation)
    {
        if (LengthOf(segment) == 0 || conversation.FindSent(segment.Header.Seq) is not { } earlier)
            return null;
        var isSyn = (segment.Header.Flags & TcpFlags.Syn) != 0;
        var flags = segment.Header.Flags ^ earlier.Event.Event.Segment.Header.Flags;
        return isSyn && (flags & TcpFlags.Ack) != 0 ? null : earlier;
    }

    private static Phrase Main(
        in SegmentObservation segment, in ConnectionVitals? vitals, Conversation conversation, bool isAgain) =>
        segment.Reason switch
        {
            SegmentReason.ActiveOpen or SegmentReason.AnswerSyn when isAgain =>
                new Phrase(segment.Reason == SegmentReason.AnswerSyn
                    ? ReasonId.SynAnsweredAgain : ReasonId.SynRetransmission, ("flags", Flags(segment))),
            SegmentReason.ActiveOpen => new Phrase(ReasonId.ActiveOpen, Offer(segment)),
            SegmentReason.AnswerSyn => new Phrase(ReasonId.AnswerSyn, Offer(segment)),
            SegmentReason.SynCookie => new Phrase(ReasonId.SynCookie, Offer(segment)),
            SegmentReason.RetransmissionTimeout when (segment.Header.Flags & TcpFlags.Syn) != 0 =>
                new Phrase(ReasonId.SynRetransmission, ("flags", Flags(segment))),
            SegmentReason.Data => NewData(segment),
            SegmentReason.Close when segment.PayloadLength > 0 => NewData(segment),
            SegmentReason.MtuProbe => Data(ReasonId.MtuProbe, segment),
            SegmentReason.AcknowledgeOutOfOrder => OfHole(vitals, conversation),
            SegmentReason.QuickAck when (conversation.LastMeaning & Ecn) != 0 => new Phrase(ReasonId.QuickAckAfterCe),
            SegmentReason.UnacceptableSegment => OfUnacceptable(conversation.LastMeaning),
            SegmentReason.WindowUpdate => new Phrase(
                ReasonId.WindowUpdateSent, ("window", segment.Window)),
            SegmentReason.TailLossProbe => new Phrase(
                ReasonId.TailLossProbe, ("pto", Since(segment, conversation.FindSent(segment.Header.Seq)))),
            SegmentReason.ZeroWindowProbe => new Phrase(ReasonId.ZeroWindowProbe, ("n", conversation.Probes + 1)),
            var reason => new Phrase(Plain(reason)),
        };

    private const SegmentMeaning Ecn = SegmentMeaning.CeArrived | SegmentMeaning.CwrArrived;

    private static ReasonId Plain(SegmentReason reason) => reason switch
    {
        SegmentReason.CompleteHandshake => ReasonId.CompleteHandshake,
        SegmentReason.Close => ReasonId.Close,
        SegmentReason.AcknowledgeEverySecond => ReasonId.AcknowledgeEverySecond,
        SegmentReason.QuickAck => ReasonId.QuickAck,
        SegmentReason.DelayedAck => ReasonId.DelayedAck,
        SegmentReason.AcknowledgeDuplicate => ReasonId.AcknowledgeDuplicate,
        SegmentReason.AcknowledgeFin => ReasonId.AcknowledgeFin,
        SegmentReason.ChallengeAck => ReasonId.ChallengeAck,
        SegmentReason.RetransmissionTimeout => ReasonId.RetransmissionTimeout,
        SegmentReason.FastRetransmit => ReasonId.FastRetransmit,
        SegmentReason.PartialAck => ReasonId.PartialAckRetransmit,
        SegmentReason.WindowReopened => ReasonId.WindowReopened,
        SegmentReason.LostSegment => ReasonId.LostSegment,
        SegmentReason.PathMtu => ReasonId.PathMtu,
        SegmentReason.KeepAlive => ReasonId.KeepAlive,
        SegmentReason.Urgent => ReasonId.Urgent,
        SegmentReason.ResetNoConnection => ReasonId.ResetNoConnection,
        SegmentReason.ResetAbort => ReasonId.ResetAbort,
        SegmentReason.ResetAfterClose => ReasonId.ResetAfterClose,
        SegmentReason.ResetUnacceptableAck => ReasonId.ResetUnacceptableAck,
        SegmentReason.ResetTimeout => ReasonId.ResetTimeout,
        SegmentReason.ResetMemory => ReasonId.ResetMemory,
        SegmentReason.ResetMinProgress => ReasonId.ResetMinProgress,
        SegmentReason.ResetFault => ReasonId.ResetFault,
        SegmentReason.UserTimeout => ReasonId.UserTimeout,
        SegmentReason.TimeWaitAck => ReasonId.TimeWaitAck,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "No sentence says why it was sent."),
    };

    private static Phrase OfHole(in ConnectionVitals? vitals, Conversation conversation)
    {
        if (vitals is not { OutOfOrder.Count: > 0 } known)
            return new Phrase(ReasonId.AcknowledgeFilledHole);
        var hole = Numbers.Range(known.RcvNxt, known.OutOfOrder[0].Left, conversation.Irs);
        return new Phrase(ReasonId.AcknowledgeOutOfOrder, ("hole", hole));
    }

    private static Phrase OfUnacceptable(SegmentMeaning meaning) => new(
        (meaning & SegmentMeaning.ZeroWindowProbeArrived) != 0 ? ReasonId.ProbeAnswered
        : (meaning & SegmentMeaning.KeepAliveArrived) != 0 ? ReasonId.KeepAliveAnswered
        : (meaning & SegmentMeaning.AlreadyReceived) != 0 ? ReasonId.AcknowledgeDuplicate
        : ReasonId.UnacceptableSegment);

    private static void AddRetransmission(
        List<Phrase> phrases, in SegmentObservation segment, Conversation conversation, SentSegment earlier)
    {
        if (conversation.FindLoss(segment.Header.Seq, earlier.Number) is { } found)
            phrases.Add(new Phrase(ReasonId.FoundLostBy, ("rule", RuleName(found.Loss.Rule))));
        if (earlier.Event.IsLost)
            phrases.Add(new Phrase(ReasonId.FrameWasLost, ("of", earlier.Number)));
        if ((segment.Header.Flags & TcpFlags.Fin) != 0)
            phrases.Add(new Phrase(ReasonId.FinRetransmission));
    }

    /// <summary>The name of a rule, as people write it.</summary>
    internal static string RuleName(LossRule rule) => rule switch
    {
        LossRule.Rack => "RACK",
        LossRule.RackTimer => "RACK's reordering timer",
        LossRule.SackCount => "SACK (RFC 6675)",
        LossRule.DuplicateAcks => "three duplicate ACKs",
        LossRule.PartialAck => "a partial ACK",
        LossRule.RetransmissionTimeout => "RTO",
        LossRule.WindowReopened => "a closed window",
        _ => "path MTU",
    };

    private static void AddSack(List<Phrase> phrases, in SegmentObservation segment, Conversation conversation)
    {
        if (segment.Sack.Count == 0)
            return;
        var isDuplicate = IsDuplicateSack(segment);
        if (isDuplicate)
        {
            phrases.Add(new Phrase(
                ReasonId.DsackReport,
                ("block", Numbers.Range(segment.Sack[0].Left, segment.Sack[0].Right, conversation.Irs))));
        }

        if (Numbers.Blocks(segment.Sack, conversation.Irs, first: isDuplicate ? 1 : 0) is { Length: > 0 } blocks)
            phrases.Add(new Phrase(ReasonId.SackReport, ("blocks", blocks)));
    }

    /// <summary>RFC 2883 section 4: the first block lies below SEG.ACK, or within the second.</summary>
    internal static bool IsDuplicateSack(in SegmentObservation segment)
    {
        var first = segment.Sack[0];
        return first.Right <= segment.Header.Ack
            || (segment.Sack.Count > 1 && segment.Sack[1].Range.Contains(first.Range));
    }

    private static void AddFlags(List<Phrase> phrases, in SegmentObservation segment)
    {
        var flags = segment.Header.Flags;
        if (segment.Reason == SegmentReason.Close && segment.PayloadLength > 0)
            phrases.Add(new Phrase(ReasonId.Close));
        if ((flags & TcpFlags.Syn) != 0)
            return;
        if ((flags & TcpFlags.Cwr) != 0)
            phrases.Add(new Phrase(ReasonId.CongestionWindowReduced));
        if ((flags & TcpFlags.Ece) != 0)
            phrases.Add(new Phrase(ReasonId.EchoesCe));
        if (segment is { Reason: SegmentReason.AcknowledgeFin, After: TcpState.TimeWait })
            phrases.Add(new Phrase(ReasonId.TimeWaitStarts));
    }

    private static void AddOurWindow(
        List<Phrase> phrases, in SegmentObservation segment, in ConnectionVitals? vitals)
    {
        if (segment.Window == 0 && vitals is { Unread: > 0 } known && (segment.Header.Flags & TcpFlags.Rst) == 0)
            phrases.Add(new Phrase(ReasonId.OurWindowClosed, ("unread", known.Unread)));
    }

    private static void Follow(in SegmentObservation segment, Conversation conversation)
    {
        if (segment.Reason == SegmentReason.ZeroWindowProbe)
            conversation.Probes++;
        if ((segment.Header.Flags & TcpFlags.Fin) != 0)
            conversation.FinEnd = segment.Header.Seq + LengthOf(segment);
        var acknowledgesFin = (segment.Header.Flags & TcpFlags.Ack) != 0
            && conversation.PeerFinEnd == segment.Header.Ack;
        conversation.Peer.OnSent(segment, acknowledgesFin);
    }

    /// <summary>
    /// The window in bytes. A segment without a TCB has an unscaled one; the connection knew the scale.
    /// </summary>
    private static uint Window(in SegmentObservation segment, Conversation conversation) =>
        segment.Reason == SegmentReason.TimeWaitAck && conversation.Vitals is { } vitals
            ? vitals.RcvScale.ToOctets(segment.Header.Window)
            : segment.Window;

    private static string Since(in SegmentObservation segment, SentSegment? earlier) =>
        earlier is null ? "some time" : Numbers.Span(segment.Time - earlier.Event.Event.Time);

    private static Phrase Data(ReasonId reason, in SegmentObservation segment) => new(
        reason, ("bytes", segment.PayloadLength), ("unit", Numbers.Unit(segment.PayloadLength)));

    /// <summary>New data. The link may cut it into several segments.</summary>
    private static Phrase NewData(in SegmentObservation segment) => segment.SegmentSize == 0
        ? Data(ReasonId.Data, segment)
        : new Phrase(
            ReasonId.DataInSegments, ("bytes", segment.PayloadLength),
            ("n", (segment.PayloadLength + segment.SegmentSize - 1) / segment.SegmentSize));

    private static string Flags(in SegmentObservation segment) =>
        SegmentLine.Flags(segment.Header.Flags & (TcpFlags.Syn | TcpFlags.Ack));

    /// <summary>What a SYN offers, as an argument.</summary>
    internal static (string Name, object Value) Offer(in SegmentObservation segment) =>
        ("offer", $"({OfferOf(segment)})");

    /// <summary>What a SYN offers.</summary>
    internal static string OfferOf(in SegmentObservation syn) => OfferOf(
        syn.Mss, syn.WindowScale, syn.SackPermitted, timestamps: syn.Timestamps is not null,
        ecn: (syn.Header.Flags & TcpFlags.Ece) != 0);

    /// <inheritdoc cref="OfferOf(in SegmentObservation)"/>
    internal static string OfferOf(ushort? mss, WindowScale? scale, bool sack, bool timestamps, bool ecn)
    {
        var list = new List<string> { mss is not null ? $"MSS {mss}" : "no MSS" };
        if (scale is { } shift)
            list.Add($"window scale {shift.Shift}");
        if (sack)
            list.Add("SACK");
        if (timestamps)
            list.Add("timestamps");
        if (ecn)
            list.Add("ECN");
        return string.Join(", ", list);
    }
}
