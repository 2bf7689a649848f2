using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>Explains segments that arrived: what each meant to us.</summary>
internal static class Arrivals
{
    public static Explanation Explain(in TraceEvent traceEvent, Conversation conversation)
    {
        var segment = traceEvent.Segment;
        var phrases = new List<Phrase>();
        var fin = (segment.Header.Flags & TcpFlags.Fin) != 0;
        var acknowledgesFin = (segment.Header.Flags & TcpFlags.Ack) != 0 && conversation.FinEnd == segment.Header.Ack;
        Count(segment, conversation);
        if (segment.Disposition == Disposition.Accepted)
            AddAccepted(phrases, traceEvent, conversation);
        else
            AddOther(phrases, segment);
        AddMeaning(phrases, segment, conversation);
        if (EntersTimeWaitSilently(segment))
            phrases.Add(new Phrase(ReasonId.TimeWaitBegins));
        else if (segment is { After: TcpState.Closed, Disposition: Disposition.Accepted })
            phrases.Add(new Phrase(ReasonId.ConnectionClosed));
        if (phrases.Count == 0)
            phrases.Add(new Phrase(ReasonId.PureAck));
        if (fin && segment.Disposition == Disposition.Accepted)
            conversation.PeerFinEnd = segment.Header.Seq + Departures.LengthOf(segment);
        conversation.Peer.OnReceived(segment, acknowledgesFin);
        return new Explanation(phrases)
        {
            Of = Acknowledged(segment, conversation)?.Number,
            Window = Window(segment, conversation),
        };
    }

    /// <summary>TIME-WAIT begins, and no ACK of a FIN says so.</summary>
    private static bool EntersTimeWaitSilently(in SegmentObservation segment) =>
        segment.After == TcpState.TimeWait && segment.Before != TcpState.TimeWait
        && ((segment.Header.Flags & TcpFlags.Fin) == 0 || segment.Before == TcpState.Closing);

    private static bool Has(in SegmentObservation segment, SegmentMeaning meaning) => (segment.Meaning & meaning) != 0;

    private static SentSegment? Acknowledged(in SegmentObservation segment, Conversation conversation) =>
        Has(segment, SegmentMeaning.NewAck) ? conversation.FindSentUpTo(segment.Header.Ack) : null;

    private static void Count(in SegmentObservation segment, Conversation conversation)
    {
        if (Has(segment, SegmentMeaning.DuplicateAck))
            conversation.Duplicates++;
        else if (Has(segment, SegmentMeaning.NewAck))
            conversation.Duplicates = 0;
        if (Has(segment, SegmentMeaning.WindowClosed))
            conversation.ClosedSince = segment.Time;
    }

    private static void AddAccepted(List<Phrase> phrases, in TraceEvent traceEvent, Conversation conversation)
    {
        var segment = traceEvent.Segment;
        if ((segment.Header.Flags & TcpFlags.Syn) != 0 && segment.Before == TcpState.SynSent)
        {
            phrases.Add(new Phrase(
                segment.After == TcpState.SynReceived ? ReasonId.SynCrosses : ReasonId.SynAckArrived,
                Departures.Offer(segment)));
        }

        if (segment.Before == TcpState.SynReceived || segment.Before == TcpState.Listen)
            phrases.Add(new Phrase(ReasonId.HandshakeComplete));
        AddAck(phrases, traceEvent, conversation);
        AddData(phrases, traceEvent, conversation);
        if ((segment.Header.Flags & TcpFlags.Fin) != 0 && !Has(segment, SegmentMeaning.FinAgain))
        {
            var isBeyondHole = traceEvent.Vitals is { } vitals && segment.Before == segment.After
                && vitals.RcvNxt != segment.Header.Seq + Departures.LengthOf(segment);
            phrases.Add(new Phrase(isBeyondHole ? ReasonId.FinBeyondHole : ReasonId.FinArrived));
        }
    }

    private static void AddAck(List<Phrase> phrases, in TraceEvent traceEvent, Conversation conversation)
    {
        var segment = traceEvent.Segment;
        if (AcknowledgesOurFin(segment))
            phrases.Add(new Phrase(ReasonId.AckOfFin));
        if (Has(segment, SegmentMeaning.RecoveryUndone))
            phrases.Add(new Phrase(ReasonId.RecoveryUndone));
        if (Has(segment, SegmentMeaning.NewAck) && AckedData(traceEvent, conversation) is > 0 and var bytes)
        {
            var reason = Has(segment, SegmentMeaning.PartialAck) ? ReasonId.PartialAck
                : Has(segment, SegmentMeaning.RecoveryEnds) ? ReasonId.RecoveryEnds : ReasonId.AckOfData;
            if (reason != ReasonId.AckOfData || segment.PayloadLength == 0)
                phrases.Add(new Phrase(reason, ("bytes", bytes), ("unit", Numbers.Unit(bytes))));
        }
        else if (Has(segment, SegmentMeaning.DuplicateAck))
        {
            phrases.Add(new Phrase(
                ReasonId.DuplicateAck, ("n", conversation.Duplicates),
                ("seq", Numbers.Relative(segment.Header.Ack, conversation.Iss))));
        }
        else if (Has(segment, SegmentMeaning.OldAck) && segment.PayloadLength == 0)
        {
            phrases.Add(new Phrase(ReasonId.OldAck));
        }

        AddSack(phrases, segment, conversation);
    }

    /// <summary>Bytes of data acknowledged for the first time; a FIN does not count.</summary>
    private static long AckedData(in TraceEvent traceEvent, Conversation conversation)
    {
        var ack = traceEvent.Segment.Header.Ack;
        if (conversation.Vitals is not { } before)
            return 0;
        var first = conversation.Iss is { } iss ? SeqNum.Max(before.SndUna, iss + 1) : before.SndUna;
        return Math.Max(ack - first - (conversation.FinEnd == ack ? 1 : 0), 0);
    }

    private static void AddSack(List<Phrase> phrases, in SegmentObservation segment, Conversation conversation)
    {
        if (Has(segment, SegmentMeaning.DuplicateReported))
        {
            phrases.Add(new Phrase(
                ReasonId.DuplicateReported,
                ("block", Numbers.Range(segment.Sack[0].Left, segment.Sack[0].Right, conversation.Iss))));
        }

        if (!Has(segment, SegmentMeaning.SackNews))
            return;
        var first = Has(segment, SegmentMeaning.DuplicateReported) ? 1 : 0;
        var lowest = segment.Sack[first].Left;
        for (var i = first + 1; i < segment.Sack.Count; i++)
            lowest = SeqNum.Min(lowest, segment.Sack[i].Left);
        phrases.Add(new Phrase(
            ReasonId.SackNews, ("blocks", Numbers.Blocks(segment.Sack, conversation.Iss, first)),
            ("hole", Numbers.Range(segment.Header.Ack, lowest, conversation.Iss))));
    }

    private static void AddData(List<Phrase> phrases, in TraceEvent traceEvent, Conversation conversation)
    {
        var segment = traceEvent.Segment;
        (string, object) bytes = ("bytes", segment.PayloadLength);
        (string, object) unit = ("unit", Numbers.Unit(segment.PayloadLength));
        if (Has(segment, SegmentMeaning.FillsHole))
        {
            var released = traceEvent.Vitals is { } after && conversation.Vitals is { } before
                ? Math.Max(after.RcvNxt - before.RcvNxt - segment.PayloadLength, 0) : 0;
            phrases.Add(new Phrase(ReasonId.FillsHole, bytes, unit, ("released", released)));
        }
        else if (Has(segment, SegmentMeaning.InOrder))
        {
            phrases.Add(new Phrase(ReasonId.DataArrived, bytes, unit));
        }
        else if (Has(segment, SegmentMeaning.OutOfOrder))
        {
            var hole = traceEvent.Vitals is { OutOfOrder.Count: > 0 } vitals
                ? Numbers.Range(vitals.RcvNxt, vitals.OutOfOrder[0].Left, conversation.Irs) : "?";
            phrases.Add(new Phrase(ReasonId.OutOfOrder, bytes, unit, ("hole", hole)));
        }
    }

    private static void AddOther(List<Phrase> phrases, in SegmentObservation segment)
    {
        var reason = segment.Disposition switch
        {
            Disposition.Opened => ReasonId.SynArrived,
            Disposition.TimeWaitReused => ReasonId.SynReusesTimeWait,
            Disposition.AnsweredByCookie => ReasonId.SynGetsCookie,
            Disposition.NoConnection => ReasonId.NoConnection,
            Disposition.ListenDropped => ReasonId.ListenDropped,
            Disposition.Reset => ReasonId.ResetArrived,
            Disposition.ResetChallenged => ReasonId.ResetChallenged,
            Disposition.ResetIgnored => ReasonId.ResetIgnored,
            Disposition.SynChallenged => ReasonId.SynChallenged,
            Disposition.WithoutAck => ReasonId.WithoutAck,
            Disposition.AckUnacceptable => ReasonId.AckUnacceptable,
            Disposition.AfterClose => ReasonId.DataAfterClose,
            Disposition.TimeWait => ReasonId.TimeWaitSegment,
            Disposition.Paws => ReasonId.PawsDropped,
            // Its meaning says more, where it has one.
            _ => ReasonId.OutsideWindow,
        };
        if (reason == ReasonId.OutsideWindow && (segment.Meaning & ~SegmentMeaning.ChallengeSuppressed) != 0)
            return;
        phrases.Add(new Phrase(
            reason, Departures.Offer(segment), ("bytes", segment.PayloadLength),
            ("unit", Numbers.Unit(segment.PayloadLength))));
    }

    private static void AddMeaning(List<Phrase> phrases, in SegmentObservation segment, Conversation conversation)
    {
        (string, object)[] data =
            [("bytes", segment.PayloadLength), ("unit", Numbers.Unit(segment.PayloadLength))];
        foreach (var (meaning, reason) in Simple)
        {
            if (Has(segment, meaning))
                phrases.Add(new Phrase(reason, data));
        }

        if (Has(segment, SegmentMeaning.EceReduces))
            phrases.Add(new Phrase(ReasonId.EceReduces));
        else if (Has(segment, SegmentMeaning.EceEcho))
            phrases.Add(new Phrase(ReasonId.EceEcho));
        AddWindow(phrases, segment, conversation);
    }

    private static readonly (SegmentMeaning Meaning, ReasonId Reason)[] Simple =
    [
        (SegmentMeaning.ZeroWindowProbeArrived, ReasonId.ZeroWindowProbeArrived),
        (SegmentMeaning.KeepAliveArrived, ReasonId.KeepAliveArrived),
        (SegmentMeaning.AlreadyReceived, ReasonId.AlreadyReceived),
        (SegmentMeaning.BeyondWindow, ReasonId.BeyondWindow),
        (SegmentMeaning.FinAgain, ReasonId.FinAgain),
        (SegmentMeaning.SynAgain, ReasonId.SynAgain),
        (SegmentMeaning.CeArrived, ReasonId.CeArrived),
        (SegmentMeaning.CwrArrived, ReasonId.CwrArrived),
        (SegmentMeaning.UrgentArrived, ReasonId.UrgentArrived),
        (SegmentMeaning.NoMemory, ReasonId.NoMemory),
        (SegmentMeaning.ChallengeSuppressed, ReasonId.ChallengeSuppressed),
        (SegmentMeaning.AnsweredByReset, ReasonId.AnsweredByReset),
        (SegmentMeaning.ProbeAnswer, ReasonId.ProbeAnswer),
    ];

    private static void AddWindow(List<Phrase> phrases, in SegmentObservation segment, Conversation conversation)
    {
        (string, object) window = ("window", segment.Window);
        if (Has(segment, SegmentMeaning.WindowClosed))
        {
            phrases.Add(new Phrase(ReasonId.WindowClosed));
        }
        else if (Has(segment, SegmentMeaning.WindowOpened))
        {
            var closed = conversation.ClosedSince is { } since ? Numbers.Span(segment.Time - since) : "an unknown time";
            phrases.Add(new Phrase(ReasonId.WindowOpened, window, ("closed", closed)));
            (conversation.ClosedSince, conversation.Probes) = (null, 0);
        }
        else if (Has(segment, SegmentMeaning.WindowUpdate))
        {
            phrases.Add(new Phrase(ReasonId.WindowUpdate, window));
        }
        else if (Has(segment, SegmentMeaning.WindowShrunk))
        {
            phrases.Add(new Phrase(ReasonId.WindowShrunk, window));
        }
    }

    private static bool AcknowledgesOurFin(in SegmentObservation segment) => (segment.Before, segment.After) switch
    {
        (TcpState.FinWait1, TcpState.FinWait2 or TcpState.TimeWait) => true,
        (TcpState.Closing, TcpState.TimeWait) => true,
        (TcpState.LastAck, TcpState.Closed) => true,
        _ => false,
    };

    /// <summary>The window in bytes. In TIME-WAIT the connection is gone, but it knew the scale.</summary>
    private static uint Window(in SegmentObservation segment, Conversation conversation) =>
        segment.Before == TcpState.TimeWait && segment.Iss is null && conversation.Vitals is { } vitals
            && (segment.Header.Flags & TcpFlags.Syn) == 0
            ? vitals.SndScale.ToOctets(segment.Header.Window)
            : segment.Window;
}
