using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Replaying;

/// <summary>One connection as it was recorded, beside the same connection without one of its losses.</summary>
internal sealed class LossComparison
{
    private readonly Tally _recorded = new();
    private readonly Tally _without = new();
    private readonly FourTuple _tuple;

    private LossComparison(FourTuple tuple) => _tuple = tuple;

    /// <summary>The number of the link's event that says so.</summary>
    public long Verdict { get; private init; }

    /// <summary>True when the lost frame was one of ours.</summary>
    public bool IsOutbound { get; private init; }

    /// <summary>What was lost, and what the replay does instead.</summary>
    public string Model => IsOutbound
        ? $"-- without the loss of event {Verdict}: the peer's ACKs are rewritten as if it had received the segment; "
            + "peer and application are recorded and do not react"
        : $"-- without the loss of event {Verdict}: the frame arrives; peer and application are recorded and do not "
            + "react";

    /// <summary>Finds the loss of a link's event, of the segment that was lost, or of the loss that we found.</summary>
    /// <exception cref="CommandException">There is no such loss.</exception>
    public static LossComparison Find(UserTcpReplay replay, long number)
    {
        TraceEvent? named = null, found = null;
        var events = new List<TraceEvent>();
        replay.Restart();
        while (replay.TryRead(out var traceEvent))
        {
            events.Add(traceEvent);
            if (traceEvent.Number == number)
                named = traceEvent;
        }

        if (named is { } event1)
            found = VerdictOf(event1, events);
        if (found is not { } verdict)
        {
            throw new CommandException(
                ExitCode.Usage,
                named is null
                    ? string.Create(CultureInfo.InvariantCulture, $"--without: the recording has no event {number}")
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"--without: event {number} is no loss of the link, and no segment that it has lost"));
        }

        var comparison = new LossComparison(verdict.Tuple)
        {
            Verdict = verdict.Number,
            IsOutbound = verdict.Link.Outbound,
        };
        foreach (var traceEvent in events)
            comparison.Add(comparison._recorded, traceEvent);
        return comparison;
    }

    /// <summary>Counts an event of the replay without the loss.</summary>
    public void Add(in TraceEvent traceEvent) => Add(_without, traceEvent);

    /// <summary>Both in one line.</summary>
    public override string ToString() => $"as recorded: {_recorded}; without: {_without}";

    private static TraceEvent? VerdictOf(in TraceEvent named, List<TraceEvent> events)
    {
        if (named.Kind == TraceEventKind.Link)
            return named;
        var (tuple, number) = (named.Tuple, named.Number);
        if (named is { Kind: TraceEventKind.Segment, Segment.Sent: true })
        {
            var seq = named.Segment.Header.Seq;
            return events.Cast<TraceEvent?>().FirstOrDefault(one =>
                one!.Value.Number > number && IsLossOf(one.Value, tuple, seq));
        }

        if (named.Kind != TraceEventKind.Loss)
            return null;
        var from = named.Loss.From;
        return events.Cast<TraceEvent?>().LastOrDefault(one =>
            one!.Value.Number < number && IsLossOf(one.Value, tuple, from));
    }

    private static bool IsLossOf(in TraceEvent one, FourTuple tuple, SeqNum seq) =>
        one is { Kind: TraceEventKind.Link, Link.Outbound: true }
        && one.Link.Kind is LinkVerdictKind.Lost or LinkVerdictKind.QueueFull
        && one.Tuple == tuple && one.Link.Header.Seq == seq;

    private void Add(Tally tally, in TraceEvent traceEvent)
    {
        if (traceEvent.Tuple == _tuple)
            tally.Add(traceEvent);
    }

    private sealed class Tally
    {
        private long? _ssthresh;
        private int _cuts;
        private int _retransmissions;
        private MonotonicTime? _start;
        private MonotonicTime? _end;
        private SeqNum? _una;
        private long? _misfit;
        private SeqNum? _rcvNxt;
        private MonotonicTime? _lastData;

        public void Add(in TraceEvent traceEvent)
        {
            _start ??= traceEvent.Time;
            if (traceEvent is { Kind: TraceEventKind.Segment, Segment: { Sent: true } sent } && IsRetransmission(sent))
                _retransmissions++;
            if (IsMisfit(traceEvent))
                _misfit ??= traceEvent.Number;
            if (traceEvent.Vitals is not { } vitals)
                return;
            if (_ssthresh is { } before && vitals.Ssthresh < before)
                _cuts++;
            _ssthresh = vitals.Ssthresh;
            var hasData = traceEvent is { Kind: TraceEventKind.Segment, Segment: { Sent: false, PayloadLength: > 0 } };
            if (hasData && vitals.RcvNxt != _rcvNxt)
                _lastData = traceEvent.Time;
            _rcvNxt = vitals.RcvNxt;
            var isDone = vitals.SndUna == vitals.SndNxt && vitals.Unsent == 0;
            if (!isDone)
                _end = null;
            else if (_una is { } una && vitals.SndUna != una)
                _end = traceEvent.Time;
            _una = vitals.SndUna;
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{_retransmissions} retransmissions, {_cuts} cwnd cuts, all acknowledged after {Since(_end)}, "
            + $"all received in order after {Since(_lastData)}"
            + $"{(_misfit is { } misfit ? $"; from event {misfit} on the recorded ACKs do not fit" : "")}");

        /// <summary>The recorded peer acknowledges what this run has not sent.</summary>
        private static bool IsMisfit(in TraceEvent traceEvent) =>
            traceEvent is { Kind: TraceEventKind.Segment, Segment: { Sent: false } arrived, Vitals: { } vitals }
            && vitals.State >= TcpState.Established && (arrived.Header.Flags & TcpFlags.Ack) != 0
            && arrived.Header.Ack > vitals.SndNxt;

        private static bool IsRetransmission(in SegmentObservation segment) => segment.Reason
            is SegmentReason.RetransmissionTimeout or SegmentReason.FastRetransmit or SegmentReason.PartialAck
            or SegmentReason.LostSegment or SegmentReason.TailLossProbe or SegmentReason.PathMtu
            or SegmentReason.WindowReopened;

        private string Since(MonotonicTime? time) => time is { } known && _start is { } start
            ? string.Create(CultureInfo.InvariantCulture, $"{(known - start).TotalMilliseconds:F1} ms")
            : "(never)";
    }
}
