using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Pictures;

/// <summary>Makes the rows of a ladder from the events of a connection.</summary>
internal sealed class LadderRows(IReadOnlyList<ExplainedEvent> events, LadderPictureOptions options)
{
    private static readonly TimeSpan MinBreak = TimeSpan.FromMilliseconds(100);

    private readonly List<LadderRow> _rows = [];
    private readonly HashSet<long> _explained = [];
    private readonly TimeSpan _rtt = RttOf(events);
    private MonotonicTime _start;
    private MonotonicTime _last;
    private TcpState? _state;
    private TcpState? _peerState;

    /// <summary>Rows that were left out, because there are too many.</summary>
    public int Omitted { get; private set; }

    /// <summary>Our state before the first event; null when it is not known.</summary>
    public TcpState? FirstState => events.FirstOrDefault(e => e.Event.Kind != TraceEventKind.Gap)?.Event switch
    {
        { Kind: TraceEventKind.Segment } first => first.Segment.Before,
        { Kind: TraceEventKind.Call, Call: UserCall.Open } => TcpState.Closed,
        { Kind: TraceEventKind.Connection, Connection.Kind: ConnectionChangeKind.ActiveOpen } => TcpState.Closed,
        { Kind: TraceEventKind.Connection } => TcpState.Listen,
        { Vitals: { } vitals } => vitals.State,
        _ => null,
    };

    /// <summary>The rows.</summary>
    public IReadOnlyList<LadderRow> Build()
    {
        var count = 0;
        foreach (var explained in events)
        {
            Follow(explained);
            if (!IsShown(explained))
                continue;
            _explained.Add(explained.Event.Number);
            if (++count > options.MaxRows)
            {
                Omitted++;
                continue;
            }

            if (count == 1)
                _start = explained.Event.Time;
            AddBreak(explained);
            _rows.Add(RowOf(explained));
        }

        NameStates();
        return _rows;
    }

    /// <summary>
    /// What a lost segment would have changed at the peer is not known. What crosses a SYN or FIN of the peer meets
    /// another state than the one before that.
    /// </summary>
    private bool IsPeerKnown(int row)
    {
        if (_rows[row].IsLost)
            return false;
        var isCrossed = row + 1 < _rows.Count && _rows[row + 1].CrossesPrevious;
        return !isCrossed || _rows[row] is { PeerState: TcpState.Established, Flags: "SYN,ACK" };
    }

    /// <summary>Says in which rows an end enters a state.</summary>
    private void NameStates()
    {
        var (ours, peers) = (FirstState, default(TcpState?));
        for (var i = 0; i < _rows.Count; i++)
        {
            var row = _rows[i];
            var peer = IsPeerKnown(i) ? row.PeerState : null;
            _rows[i] = row with
            {
                Enters = row.State != ours ? row.State : null,
                PeerEnters = peer != peers ? peer : null,
            };
            (ours, peers) = (row.State ?? ours, peer ?? peers);
        }
    }

    /// <summary>The first RTT that is known; zero when none is.</summary>
    private static TimeSpan RttOf(IReadOnlyList<ExplainedEvent> events) =>
        events.Select(e => RttOf(e.Event.Vitals)).FirstOrDefault(rtt => rtt > TimeSpan.Zero);

    private static TimeSpan RttOf(in ConnectionVitals? vitals) => vitals switch
    {
        { } known when known.MinRtt > TimeSpan.Zero => known.MinRtt,
        { } known => known.Srtt,
        _ => TimeSpan.Zero,
    };

    private void Follow(ExplainedEvent explained)
    {
        var traceEvent = explained.Event;
        _state = traceEvent.Kind switch
        {
            TraceEventKind.Segment => traceEvent.Segment.After,
            TraceEventKind.State => traceEvent.State.To,
            _ => traceEvent.Vitals?.State ?? _state,
        };
        _peerState = explained.PeerState ?? _peerState;
        // A change without a row of its own belongs to the row before.
        if (_rows.Count > 0 && traceEvent.Kind == TraceEventKind.State)
            _rows[^1] = _rows[^1] with { State = _state };
    }

    private bool IsShown(ExplainedEvent explained) => explained.Event.Kind switch
    {
        TraceEventKind.Segment or TraceEventKind.Gap or TraceEventKind.Loss => true,
        // A lost segment of ours has a row already, which ends in a cross.
        TraceEventKind.Link => !IsLost(explained.Event.Link) || explained.Of is not { } of || !_explained.Contains(of),
        TraceEventKind.Call => options.ShowsCauses
            && (explained.Event.CallBytes > 0 || explained.Event.Call is not (UserCall.Send or UserCall.Receive)),
        TraceEventKind.Timer => options.ShowsCauses && explained.Event.Timer.Action == TimerAction.Expired,
        TraceEventKind.Connection => explained.Event.Connection.Kind == ConnectionChangeKind.Ended,
        _ => false,
    };

    /// <summary>Time in which nothing happens is not drawn but written.</summary>
    private void AddBreak(ExplainedEvent explained)
    {
        var gap = explained.Event.Time - _last;
        _last = explained.Event.Time;
        if (gap < MinBreak || gap < _rtt * 3 || _rows.Count == 0)
            return;
        _rows.Add(new LadderRow
        {
            Kind = RowKind.Break,
            Reason = $"… {Numbers.Span(gap)} …",
            CssClass = "gap",
            State = _rows[^1].State,
            PeerState = _rows[^1].PeerState,
        });
    }

    private LadderRow RowOf(ExplainedEvent explained)
    {
        var traceEvent = explained.Event;
        var row = new LadderRow
        {
            Kind = RowKind.Mark,
            Event = explained,
            Reason = explained.Say(options.Language),
            Changes = options.ShowsChanges ? ChangesOf(explained) : "",
            Time = traceEvent.Time == _start ? "0" : Numbers.Span(traceEvent.Time - _start),
            State = _state,
            PeerState = _peerState,
            Delay = DelayOf(traceEvent.Vitals),
            CssClass = SeverityClass(explained.Severity),
        };
        return traceEvent.Kind switch
        {
            TraceEventKind.Segment => OfSegment(row, explained),
            TraceEventKind.Link => OfLink(row, explained),
            TraceEventKind.Gap => row with { Kind = RowKind.Break, CssClass = "gap warning" },
            TraceEventKind.Call => row with { CssClass = "call" },
            TraceEventKind.Timer => row with { CssClass = "timer" },
            TraceEventKind.Loss => row with { CssClass = "loss" },
            _ => row with { CssClass = "end" },
        };
    }

    /// <summary>Half of the RTT: that of the event, or the first one of the connection.</summary>
    private TimeSpan? DelayOf(in ConnectionVitals? vitals)
    {
        var rtt = RttOf(vitals);
        if (rtt <= TimeSpan.Zero)
            rtt = _rtt;
        return rtt > TimeSpan.Zero ? rtt / 2 : null;
    }

    private LadderRow OfSegment(LadderRow row, ExplainedEvent explained)
    {
        var segment = explained.Event.Segment;
        var retransmits = segment is { Sent: true, Reason: not SegmentReason.ZeroWindowProbe } ? explained.Of : null;
        var isAgain = retransmits is not null || explained.Phrases.Any(
            phrase => phrase.Reason.Id is ReasonId.AlreadyReceived or ReasonId.FinAgain or ReasonId.SynAgain);
        return row with
        {
            Kind = segment.Sent ? RowKind.Sent : RowKind.Received,
            Flags = SegmentLine.Flags(segment.Header.Flags),
            Numbers = NumbersOf(segment.Header, segment.PayloadLength, segment.Sent, explained, segment.SegmentSize),
            IsLost = explained.IsLost,
            Retransmits = retransmits,
            CrossesPrevious = Crosses(explained),
            CssClass = ClassOf(segment.Header.Flags, segment.PayloadLength, isAgain),
        };
    }

    /// <summary>The link dropped the frame.</summary>
    internal static bool IsLost(in LinkVerdict verdict) =>
        verdict.Kind is LinkVerdictKind.Lost or LinkVerdictKind.QueueFull;

    private static LadderRow OfLink(LadderRow row, ExplainedEvent explained)
    {
        var verdict = explained.Event.Link;
        if (!IsLost(verdict))
            return row with { CssClass = "link" };
        return row with
        {
            Kind = verdict.Outbound ? RowKind.Sent : RowKind.Received,
            Flags = SegmentLine.Flags(verdict.Header.Flags),
            Numbers = NumbersOf(verdict.Header, verdict.PayloadLength, verdict.Outbound, explained, segmentSize: 0),
            IsLost = true,
            CssClass = ClassOf(verdict.Header.Flags, verdict.PayloadLength, isAgain: false),
        };
    }

    /// <summary>The peer sent its SYN or FIN before ours, in the row before, can have arrived.</summary>
    private bool Crosses(ExplainedEvent explained)
    {
        const TcpFlags Either = TcpFlags.Syn | TcpFlags.Fin;
        var segment = explained.Event.Segment;
        if (segment.Sent || _rows.Count == 0
            || _rows[^1] is not { Kind: RowKind.Sent, CrossesPrevious: false, IsLost: false, Event: { } before })
        {
            return false;
        }

        return (segment.Header.Flags & before.Event.Segment.Header.Flags & Either) != 0
            && (explained.Phrases.Any(phrase => phrase.Reason.Id == ReasonId.SynCrosses)
                || segment is { Before: TcpState.FinWait1, After: TcpState.Closing }
                || segment.Time - before.Event.Time < _rtt * 0.9);
    }

    private static List<string> NumbersOf(
        in TcpHeader header, int payloadLength, bool isOurs, ExplainedEvent explained, int segmentSize)
    {
        var (own, other) = isOurs ? (explained.Iss, explained.Irs) : (explained.Irs, explained.Iss);
        var list = new List<string> { $"seq={Numbers.Relative(header.Seq, own)}" };
        if ((header.Flags & TcpFlags.Ack) != 0)
            list.Add($"ack={Numbers.Relative(header.Ack, other)}");
        list.Add(string.Create(CultureInfo.InvariantCulture, $"len={payloadLength}"));
        if (segmentSize > 0 && segmentSize < payloadLength)
        {
            var segments = (payloadLength + segmentSize - 1) / segmentSize;
            list.Add(string.Create(CultureInfo.InvariantCulture, $"({segments} segments)"));
        }

        // The link does not know the scale of the window.
        if ((header.Flags & TcpFlags.Rst) == 0 && explained.Event.Kind == TraceEventKind.Segment)
            list.Add(string.Create(CultureInfo.InvariantCulture, $"win={explained.Window}"));

        return list;
    }

    private static string ClassOf(TcpFlags flags, int payloadLength, bool isAgain) => (flags, payloadLength) switch
    {
        _ when (flags & TcpFlags.Rst) != 0 => "reset",
        _ when isAgain => "again",
        (_, > 0) => "data",
        _ when (flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 => "control",
        _ => "ack",
    };

    private static string SeverityClass(Severity severity) => severity >= Severity.Warning ? "warning" : "";

    private static string ChangesOf(ExplainedEvent explained) =>
        string.Join(", ", explained.Changes.Select(change => $"{change.Name} {change.Before}→{change.After}"));
}
