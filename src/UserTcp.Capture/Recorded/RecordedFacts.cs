using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Recorded;

/// <summary>Segments and bytes of one direction, retransmissions included.</summary>
internal struct RecordedFlow
{
    /// <summary>Segments.</summary>
    public int Segments { get; set; }

    /// <summary>Segments with data.</summary>
    public int DataSegments { get; set; }

    /// <summary>Bytes of data.</summary>
    public long Bytes { get; set; }

    /// <summary>Counts a segment.</summary>
    public void Add(in SegmentObservation segment)
    {
        Segments++;
        DataSegments += segment.PayloadLength > 0 ? 1 : 0;
        Bytes += segment.PayloadLength;
    }
}

/// <summary>What the events of a connection say of it as a whole.</summary>
internal sealed class RecordedFacts
{
    private readonly Dictionary<long, LossRule> _losses = [];
    private SendLimit _limit;
    private MonotonicTime? _limitSince;
    private MonotonicTime _first;
    private MonotonicTime _lastTime;
    private bool _hasBegun;
    private RecordedFlow _sent;
    private RecordedFlow _received;

    public RecordedFlow Sent => _sent;

    public RecordedFlow Received => _received;

    /// <summary>The first SYN of our end, and of the peer's.</summary>
    public SegmentObservation? Syn { get; private set; }

    /// <inheritdoc cref="Syn"/>
    public SegmentObservation? PeerSyn { get; private set; }

    public int SynCount { get; private set; }

    public SegmentObservation? FirstFin { get; private set; }

    public bool HasFin { get; private set; }

    public bool HasPeerFin { get; private set; }

    /// <summary>The RST that ended the connection.</summary>
    public SegmentObservation? Reset { get; private set; }

    /// <summary>The error with which it ended; null while it has not.</summary>
    public EngineError? Error { get; private set; }

    /// <summary>Retransmissions of data by their cause, in words.</summary>
    public Dictionary<string, int> Retransmissions { get; } = [];

    /// <summary>Recoveries that were spurious.</summary>
    public int Undone { get; private set; }

    public int OutOfOrder { get; private set; }

    public int Again { get; private set; }

    public int Probes { get; private set; }

    public int KeepAlives { get; private set; }

    public Dictionary<(bool Outbound, LinkVerdictKind Kind), int> Verdicts { get; } = [];

    /// <summary>How long what limited the sender, while the connection was established or closing.</summary>
    public Dictionary<SendLimit, TimeSpan> Limits { get; } = [];

    public TimeSpan LimitTime { get; private set; }

    /// <summary>The last vitals.</summary>
    public ConnectionVitals? Last { get; private set; }

    public TimeSpan MinRtt { get; private set; }

    public long AcknowledgedBytes { get; private set; }

    public long ReceivedBytes { get; private set; }

    /// <summary>From the first segment to the last one.</summary>
    public TimeSpan Duration => _lastTime - _first;

    public static RecordedFacts Of(IReadOnlyList<ExplainedEvent> events)
    {
        var facts = new RecordedFacts();
        foreach (var explained in events)
            facts.Add(explained);
        facts.EndLimit(facts._lastTime);
        return facts;
    }

    private void Add(ExplainedEvent explained)
    {
        var traceEvent = explained.Event;
        switch (traceEvent.Kind)
        {
            case TraceEventKind.Segment:
                AddSegment(explained);
                break;
            case TraceEventKind.Loss:
                _losses[traceEvent.Number] = traceEvent.Loss.Rule;
                break;
            case TraceEventKind.Link:
                var key = (traceEvent.Link.Outbound, traceEvent.Link.Kind);
                Verdicts[key] = Verdicts.GetValueOrDefault(key) + 1;
                break;
            case TraceEventKind.Connection when traceEvent.Connection.Kind == ConnectionChangeKind.Ended:
                Error = traceEvent.Connection.Error;
                EndLimit(traceEvent.Time);
                _limitSince = null;
                return;
        }

        if (traceEvent.Vitals is { } vitals)
            AddVitals(vitals, traceEvent);
    }

    private void AddVitals(in ConnectionVitals vitals, in TraceEvent traceEvent)
    {
        Last = vitals;
        if (vitals.MinRtt > TimeSpan.Zero)
            MinRtt = MinRtt == TimeSpan.Zero || vitals.MinRtt < MinRtt ? vitals.MinRtt : MinRtt;
        if (traceEvent.Iss is { } iss)
            AcknowledgedBytes = Math.Max(AcknowledgedBytes, Data(vitals.SndUna, iss, HasFin));
        if (traceEvent.Irs is { } irs)
            ReceivedBytes = Math.Max(ReceivedBytes, Data(vitals.RcvNxt, irs, HasPeerFin));
        if (vitals.State is TcpState.SynSent or TcpState.SynReceived or TcpState.Listen || vitals.Limit == _limit)
            return;
        EndLimit(traceEvent.Time);
        (_limit, _limitSince) = (vitals.Limit, traceEvent.Time);
    }

    /// <summary>Bytes of data below a sequence number: without SYN, and without FIN where one was seen.</summary>
    private static long Data(SeqNum end, SeqNum initial, bool hasFin) =>
        Math.Max((long)unchecked(end.Value - initial.Value) - (hasFin ? 2 : 1), 0);

    private void EndLimit(MonotonicTime now)
    {
        if (_limitSince is not { } since || now < since)
            return;
        Limits[_limit] = Limits.GetValueOrDefault(_limit) + (now - since);
        LimitTime += now - since;
        _limitSince = now;
    }

    private void AddSegment(ExplainedEvent explained)
    {
        var segment = explained.Event.Segment;
        if (!_hasBegun)
            (_first, _hasBegun) = (explained.Event.Time, true);
        _lastTime = explained.Event.Time;
        AddFlags(segment);
        if (segment.Sent)
        {
            _sent.Add(segment);
            Probes += segment.Reason == SegmentReason.ZeroWindowProbe ? 1 : 0;
            KeepAlives += segment.Reason == SegmentReason.KeepAlive ? 1 : 0;
            if (EventLine.IsRetransmission(explained) && segment.PayloadLength > 0)
                AddRetransmission(CauseOf(explained));
            return;
        }

        _received.Add(segment);
        Undone += Is(segment, SegmentMeaning.RecoveryUndone);
        OutOfOrder += Is(segment, SegmentMeaning.OutOfOrder);
        Again += Is(segment, SegmentMeaning.AlreadyReceived);
    }

    private static int Is(in SegmentObservation segment, SegmentMeaning meaning) =>
        (segment.Meaning & meaning) != 0 ? 1 : 0;

    private void AddFlags(in SegmentObservation segment)
    {
        var flags = segment.Header.Flags;
        if ((flags & TcpFlags.Syn) != 0)
        {
            SynCount += segment.Sent ? 1 : 0;
            if (segment.Sent)
                Syn ??= segment;
            else
                PeerSyn ??= segment;
        }

        if ((flags & TcpFlags.Rst) != 0 && (segment.Sent || segment.Disposition == Disposition.Reset))
            Reset ??= segment;
        if ((flags & TcpFlags.Fin) == 0)
            return;
        FirstFin ??= segment;
        HasFin |= segment.Sent;
        HasPeerFin |= !segment.Sent;
    }

    private void AddRetransmission(string cause) =>
        Retransmissions[cause] = Retransmissions.GetValueOrDefault(cause) + 1;

    private string CauseOf(ExplainedEvent explained) => explained switch
    {
        { Event.Segment.Reason: SegmentReason.TailLossProbe } => "as tail loss probes",
        { Because: { } because } when _losses.TryGetValue(because, out var rule) => NameOf(rule),
        { Event.Segment.Reason: SegmentReason.RetransmissionTimeout } => NameOf(LossRule.RetransmissionTimeout),
        _ => "for another reason",
    };

    private static string NameOf(LossRule rule) => rule switch
    {
        LossRule.Rack => "by RACK",
        LossRule.RackTimer => "by RACK's reordering timer",
        LossRule.SackCount => "after three SACKed segments",
        LossRule.DuplicateAcks => "after duplicate ACKs",
        LossRule.PartialAck => "after a partial ACK",
        LossRule.RetransmissionTimeout => "after a timeout (RTO)",
        LossRule.WindowReopened => "as the window reopened",
        _ => "for a smaller path MTU",
    };
}
