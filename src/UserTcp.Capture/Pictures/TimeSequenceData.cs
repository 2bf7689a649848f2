using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Pictures;

/// <summary>A value at a time.</summary>
/// <param name="Time">Seconds since the first event.</param>
/// <param name="Value">Bytes or seconds.</param>
internal readonly record struct Point(double Time, double Value);

/// <summary>Sequence numbers at a time.</summary>
/// <param name="Time">Seconds since the first event.</param>
/// <param name="From">The first.</param>
/// <param name="To">The one after the last.</param>
internal readonly record struct Bar(double Time, double From, double To);

/// <summary>A stretch of time in which something is the same.</summary>
/// <param name="From">Seconds since the first event.</param>
/// <param name="To">Its end.</param>
/// <param name="Name">What is the same.</param>
internal readonly record struct Stretch(double From, double To, string Name);

/// <summary>What a time-sequence picture shows of the events of a connection, without places.</summary>
internal sealed class TimeSequenceData
{
    private readonly bool _isOut;
    private readonly MonotonicTime _start;
    private SeqNum? _initial;
    private SeqNum _last;
    private double _lastOffset;

    public TimeSequenceData(IEnumerable<ExplainedEvent> events, DataDirection direction)
    {
        _isOut = direction == DataDirection.Out;
        foreach (var explained in events)
        {
            if (Count++ == 0)
                _start = explained.Event.Time;
            End = Seconds(explained.Event.Time);
            Add(explained);
        }

        Close(Limits);
        Close(Recoveries);
    }

    public int Count { get; }

    /// <summary>The time of the last event.</summary>
    public double End { get; private set; }

    public List<Bar> Data { get; } = [];

    public List<Bar> Retransmissions { get; } = [];

    public List<Bar> Lost { get; } = [];

    public List<Bar> Sacks { get; } = [];

    /// <summary>The acknowledgment numbers of the receiver of the data.</summary>
    public List<Point> Acks { get; } = [];

    /// <summary>The edge of its window.</summary>
    public List<Point> Edges { get; } = [];

    public List<Point> DuplicateAcks { get; } = [];

    public List<Point> Cwnd { get; } = [];

    public List<Point> Ssthresh { get; } = [];

    public List<Point> Pipe { get; } = [];

    public List<Point> Srtt { get; } = [];

    public List<Point> MinRtt { get; } = [];

    public List<Point> Rto { get; } = [];

    /// <summary>The window of the receiver of the data.</summary>
    public List<Point> Window { get; } = [];

    /// <summary>What limits the sender.</summary>
    public List<Stretch> Limits { get; } = [];

    /// <summary>The phase of loss recovery.</summary>
    public List<Stretch> Recoveries { get; } = [];

    private void Add(ExplainedEvent explained)
    {
        var traceEvent = explained.Event;
        var time = Seconds(traceEvent.Time);
        if (traceEvent.Kind == TraceEventKind.Segment && traceEvent.Segment.Sent == _isOut)
            AddData(explained, time);
        else if (traceEvent.Kind == TraceEventKind.Segment)
            AddAck(explained, time);
        else if (traceEvent.Kind == TraceEventKind.Link && LadderRows.IsLost(traceEvent.Link) && !_isOut)
            AddLost(explained, time);
        if (traceEvent.Vitals is { } vitals)
            AddVitals(vitals, time);
    }

    private void AddData(ExplainedEvent explained, double time)
    {
        var segment = explained.Event.Segment;
        if (Departures.LengthOf(segment) is not (> 0 and var length) || (segment.Header.Flags & TcpFlags.Rst) != 0)
            return;
        var from = Offset(segment.Header.Seq, explained);
        var bar = new Bar(time, from, from + length);
        var isAgain = _isOut
            ? explained.Of is not null && segment.Reason != SegmentReason.ZeroWindowProbe
            : (segment.Meaning & (SegmentMeaning.FillsHole | SegmentMeaning.AlreadyReceived)) != 0;
        (isAgain ? Retransmissions : Data).Add(bar);
        if (explained.IsLost)
            Lost.Add(bar);
    }

    private void AddLost(ExplainedEvent explained, double time)
    {
        var link = explained.Event.Link;
        if (link.Outbound || link.PayloadLength == 0)
            return;
        var from = Offset(link.Header.Seq, explained);
        var bar = new Bar(time, from, from + link.PayloadLength);
        Data.Add(bar);
        Lost.Add(bar);
    }

    private void AddAck(ExplainedEvent explained, double time)
    {
        var segment = explained.Event.Segment;
        if ((segment.Header.Flags & TcpFlags.Ack) == 0 || (segment.Header.Flags & TcpFlags.Rst) != 0)
            return;
        var ack = Offset(segment.Header.Ack, explained);
        var isDuplicate = _isOut
            ? (segment.Meaning & SegmentMeaning.DuplicateAck) != 0
            : segment.Reason is SegmentReason.AcknowledgeOutOfOrder or SegmentReason.AcknowledgeDuplicate;
        if (isDuplicate)
            DuplicateAcks.Add(new Point(time, ack));
        // An old ACK does not move the lines back.
        if (Acks.Count == 0 || ack >= Acks[^1].Value)
        {
            Acks.Add(new Point(time, ack));
            Edges.Add(new Point(time, ack + explained.Window));
        }

        for (var i = 0; i < segment.Sack.Count; i++)
        {
            Sacks.Add(new Bar(
                time, Offset(segment.Sack[i].Left, explained), Offset(segment.Sack[i].Right, explained)));
        }
    }

    private void AddVitals(in ConnectionVitals vitals, double time)
    {
        AddChanged(Window, time, _isOut ? vitals.SndWnd : vitals.RcvWnd);
        if (!_isOut)
            return;
        AddChanged(Cwnd, time, vitals.Cwnd);
        if (vitals.Ssthresh != long.MaxValue)
            AddChanged(Ssthresh, time, vitals.Ssthresh);
        AddChanged(Pipe, time, vitals.Pipe);
        if (vitals.Srtt > TimeSpan.Zero)
        {
            AddChanged(Srtt, time, vitals.Srtt.TotalSeconds);
            if (vitals.MinRtt > TimeSpan.Zero)
                AddChanged(MinRtt, time, vitals.MinRtt.TotalSeconds);
            AddChanged(Rto, time, vitals.Rto.TotalSeconds);
        }

        AddStretch(Limits, time, LimitName(vitals.Limit));
        AddStretch(Recoveries, time, RecoveryName(vitals.Recovery));
    }

    private static void AddChanged(List<Point> points, double time, double value)
    {
        if (points.Count == 0 || points[^1].Value != value)
            points.Add(new Point(time, value));
    }

    private static void AddStretch(List<Stretch> stretches, double time, string name)
    {
        if (stretches.Count > 0 && stretches[^1].Name == name)
            return;
        if (stretches.Count > 0)
            stretches[^1] = stretches[^1] with { To = time };
        stretches.Add(new Stretch(time, time, name));
    }

    private void Close(List<Stretch> stretches)
    {
        if (stretches.Count > 0)
            stretches[^1] = stretches[^1] with { To = End };
        stretches.RemoveAll(stretch => stretch.Name.Length == 0 || stretch.To <= stretch.From);
    }

    /// <summary>The name of a limit; empty for none.</summary>
    private static string LimitName(SendLimit limit) => limit switch
    {
        SendLimit.NoData => "application",
        SendLimit.PeerWindow => "peer's window",
        SendLimit.CongestionWindow => "cwnd",
        SendLimit.SmallSegment => "Nagle, SWS",
        SendLimit.Pacing => "pacer",
        SendLimit.MtuProbe => "MTU probe",
        _ => "",
    };

    /// <summary>The name of a phase; empty for that without losses.</summary>
    private static string RecoveryName(RecoveryState state) => state switch
    {
        RecoveryState.WindowReduced => "window reduced",
        RecoveryState.Recovery => "fast recovery",
        RecoveryState.Timeout => "timeout",
        RecoveryState.RetransmitAll => "retransmit all",
        _ => "",
    };

    private double Seconds(MonotonicTime time) => (time - _start).TotalSeconds;

    /// <summary>The distance of a sequence number from the initial one, which can be more than 2^32.</summary>
    private double Offset(SeqNum seq, ExplainedEvent explained)
    {
        if (_initial is null)
        {
            _initial = (_isOut ? explained.Iss : explained.Irs) ?? seq;
            _last = _initial.Value;
        }

        _lastOffset += unchecked((int)(seq.Value - _last.Value));
        _last = seq;
        return _lastOffset;
    }
}
