using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>
/// What has to be remembered of a connection to explain its next event. Bounded: of sent segments and losses the oldest
/// are forgotten, and acknowledged segments but for the last ones.
/// </summary>
internal sealed class Conversation
{
    private const int MaxSent = 2048;
    private const int MaxAcknowledged = 64;
    private const int MaxLosses = 64;

    // In the order of sending: what is looked for is near the end.
    private readonly List<SentSegment> _sent = [];
    private readonly Queue<(long Number, LossFinding Loss)> _losses = new();

    // SEG.SEQ after the last data sent, SYN and FIN included; null before the first.
    private SeqNum? _sentEnd;

    /// <summary>ISS; null when unknown.</summary>
    public SeqNum? Iss { get; set; }

    /// <summary>IRS; null when unknown.</summary>
    public SeqNum? Irs { get; set; }

    /// <summary>The vitals after the event before; null when nobody knows them.</summary>
    public ConnectionVitals? Vitals { get; set; }

    /// <summary>The number of the last cause: an arrival, a user call or an expired timer; null for none.</summary>
    public long? Cause { get; set; }

    /// <summary>Duplicate ACKs in a row.</summary>
    public int Duplicates { get; set; }

    /// <summary>Zero-window probes in a row.</summary>
    public int Probes { get; set; }

    /// <summary>When the peer's window closed; null while it is open.</summary>
    public MonotonicTime? ClosedSince { get; set; }

    /// <summary>What the last arrival meant: an ACK of ours may answer it.</summary>
    public SegmentMeaning LastMeaning { get; set; }

    /// <summary>SEG.SEQ after our FIN; null until it is sent.</summary>
    public SeqNum? FinEnd { get; set; }

    /// <summary>SEG.SEQ after the peer's FIN; null until it has arrived.</summary>
    public SeqNum? PeerFinEnd { get; set; }

    /// <summary>The peer's end.</summary>
    public PeerLifeline Peer;

    /// <summary>The last segment that we sent, and the peer's end before it; null for none.</summary>
    public (ExplainedEvent Event, PeerLifeline PeerBefore)? LastSent { get; set; }

    /// <summary>Takes the ISNs, and begins anew when they are those of another connection.</summary>
    public void Update(in TraceEvent traceEvent)
    {
        if (traceEvent.Iss is { } iss && Iss is { } known && iss != known)
            Clear();
        Iss = traceEvent.Iss ?? Iss;
        Irs = traceEvent.Irs ?? Irs;
    }

    /// <summary>Records a segment that takes sequence numbers.</summary>
    public void RecordSent(SentSegment sent)
    {
        if (_sent.Count == 2 * MaxSent)
            _sent.RemoveRange(0, MaxSent);
        _sent.Add(sent);
        _sentEnd = _sentEnd is { } end ? SeqNum.Max(end, sent.Range.End) : sent.Range.End;
    }

    /// <summary>
    /// Forgets acknowledged segments but for the last ones, which late verdicts of the link may be about: each takes
    /// a kilobyte, and a watcher of many connections remembers those of all.
    /// </summary>
    public void ForgetAcknowledged(SeqNum una)
    {
        // Up to this many stay, so that most calls remove nothing.
        if (_sent.Count <= 2 * MaxAcknowledged || _sent[2 * MaxAcknowledged].Range.End > una)
            return;
        var first = _sent.FindIndex(sent => sent.Range.End > una);
        _sent.RemoveRange(0, (first < 0 ? _sent.Count : first) - MaxAcknowledged);
    }

    /// <summary>The link has lost a frame: if it was the last segment, its peer has not seen it.</summary>
    public void LoseLast(in LinkVerdict verdict)
    {
        if (LastSent is not ({ } last, var before))
            return;
        var segment = last.Event.Segment;
        if (segment.Header.Seq != verdict.Header.Seq || segment.Header.Ack != verdict.Header.Ack
            || segment.Header.Flags != verdict.Header.Flags || segment.PayloadLength != verdict.PayloadLength)
        {
            return;
        }

        Peer = before;
        last.Lose(before.State);
    }

    /// <summary>Records a loss.</summary>
    public void RecordLoss(long number, in LossFinding loss)
    {
        if (_losses.Count == MaxLosses)
            _losses.Dequeue();
        _losses.Enqueue((number, loss));
    }

    /// <summary>The last transmission of the byte at a sequence number; null when it is not remembered.</summary>
    public SentSegment? FindSent(SeqNum seq) =>
        _sentEnd <= seq ? null : _sent.FindLast(sent => sent.Range.Contains(seq));

    /// <summary>The last transmission that ends at a sequence number: what an ACK acknowledges.</summary>
    public SentSegment? FindSentUpTo(SeqNum ack) => _sent.FindLast(sent => sent.Range.ContainsEnd(ack));

    /// <summary>The last transmission with that header; null when it is not remembered.</summary>
    public SentSegment? FindSent(in LinkVerdict verdict)
    {
        var (seq, length) = (verdict.Header.Seq, verdict.PayloadLength);
        return _sent.FindLast(sent => sent.Range.Contains(seq)
            && sent.Range.Contains(SeqRange.Between(seq, seq + Math.Max(length, 1))));
    }

    /// <summary>
    /// The first loss since the last transmission that covers a sequence number; null when there is none.
    /// </summary>
    public (long Number, LossFinding Loss)? FindLoss(SeqNum seq, long sentAsNumber)
    {
        foreach (var found in _losses)
        {
            if (found.Number > sentAsNumber && SeqRange.Between(found.Loss.From, found.Loss.End).Contains(seq))
                return found;
        }

        return null;
    }

    private void Clear()
    {
        _sent.Clear();
        _losses.Clear();
        (Iss, Irs, FinEnd, PeerFinEnd) = (null, null, null, null);
        (Vitals, Cause, ClosedSince, _sentEnd) = (null, null, null, null);
        (Duplicates, Probes, LastMeaning, Peer, LastSent) = (0, 0, SegmentMeaning.None, default, null);
    }
}

/// <summary>A segment that we sent and that takes sequence numbers.</summary>
/// <param name="Event">The event.</param>
/// <param name="Range">Its sequence numbers.</param>
internal sealed record SentSegment(ExplainedEvent Event, SeqRange Range)
{
    /// <summary>The number of its event.</summary>
    public long Number => Event.Event.Number;
}
