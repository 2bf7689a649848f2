using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// Makes the event of a segment as an engine of ours would have reported it, had it been one of the ends, and has it
/// explained with the same words. Notes say what only the capture shows.
/// </summary>
internal static class EndView
{
    public static CapturedEvent Explain(
        in CapturedSegment segment, SegmentInference inference, EndModel own, EndModel peer, in FourTuple tuple,
        EventExplainer explainer)
    {
        var isSent = segment.IsFromFirst == own.IsFirst;
        if (!isSent && inference.NotReceivedBefore is { } next)
            explainer.Correct(tuple, peer.SeqOf(next));
        var explained = explainer.Explain(new TraceEvent
        {
            Number = segment.Frame,
            Kind = TraceEventKind.Segment,
            Time = segment.Time,
            Tuple = tuple,
            Iss = own.Isn,
            Irs = peer.Isn,
            Vitals = own.Isn is null ? null : InferredVitals.Of(own, peer),
            Segment = Observe(segment, inference, own, peer, tuple, isSent),
        });
        return new CapturedEvent(segment.Frame, explained with
        {
            Phrases = Phrases(explained.Phrases, inference, isSent),
            Because = isSent ? inference.Because ?? Cause(inference, explained) : explained.Because,
            Of = inference.Original ?? explained.Of,
        });
    }

    private static SegmentObservation Observe(
        in CapturedSegment segment, SegmentInference inference, EndModel own, EndModel peer, in FourTuple tuple,
        bool isSent) => new()
        {
            Time = segment.Time,
            Sent = isSent,
            Tuple = tuple,
            Header = segment.Header,
            PayloadLength = segment.PayloadLength,
            Window = isSent ? own.WindowOf(segment, peer) : peer.WindowOf(segment, own),
            Mss = segment.Mss,
            WindowScale = segment.WindowScale,
            SackPermitted = segment.SackPermitted,
            Timestamps = segment.Timestamps,
            Sack = segment.Sack,
            IsCe = segment.IsCe,
            Before = isSent ? inference.SenderBefore : inference.ReceiverBefore,
            After = ConversationInference.StateOf(own),
            Reason = isSent ? inference.Reason : SegmentReason.None,
            Disposition = isSent ? Disposition.None : inference.Disposition,
            Meaning = isSent ? SegmentMeaning.None : inference.Meaning,
            Iss = own.Isn,
            Irs = peer.Isn,
        };

    /// <summary>A timer's retransmission has no cause in the capture.</summary>
    private static long? Cause(SegmentInference inference, ExplainedEvent explained) =>
        inference.Cause is RetransmissionCause.None ? explained.Because : null;

    private static List<Phrase> Phrases(IReadOnlyList<Phrase> usual, SegmentInference inference, bool isSent)
    {
        var phrases = new List<Phrase>();
        if (!isSent && inference.ArrivalMain is { } arrival)
            phrases.Add(new Phrase(arrival));
        else if (isSent && inference.Main is { } main)
            phrases.AddRange([new Phrase(main), .. usual.Skip(1)]);
        else if (isSent && inference.CauseNote is { } cause)
            phrases.AddRange([cause, .. usual.Skip(1)]);
        else
            phrases.AddRange(usual);
        if (!isSent && inference.CauseNote is { } peerCause)
            phrases.Add(peerCause);
        if (isSent && inference.SenderNote is { } note)
            phrases.Add(note);
        phrases.AddRange(inference.Notes);
        return phrases;
    }
}
