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
        // A recording has millions of events: they are replayed twice rather than kept.
        var (named, losses) = Search(replay, number);
        if (named is not { } event1 || VerdictOf(event1, losses) is not { } verdict)
        {
            throw new CommandException(
                ExitCode.Usage,
                named is null
                    ? string.Create(CultureInfo.InvariantCulture, $"--without: the recording has no event {number}")
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"--without: event {number} is no loss of the link, and no segment that it has lost"));
        }

        var comparison = new LossComparison(event1.Tuple)
        {
            Verdict = verdict,
            IsOutbound = event1.Kind != TraceEventKind.Link || event1.Link.Outbound,
        };
        replay.Restart();
        while (replay.TryRead(out var traceEvent))
            comparison.Add(comparison._recorded, traceEvent);
        return comparison;
    }

    /// <summary>True for events of the connection.</summary>
    public bool IsOf(in TraceEvent traceEvent) => traceEvent.Tuple == _tuple;

    /// <summary>Counts an event of the replay without the loss.</summary>
    public void Add(in TraceEvent traceEvent) => Add(_without, traceEvent);

    /// <summary>The connection as it was recorded.</summary>
    public LossTotals Recorded => _recorded.ToTotals();

    /// <summary>The connection without the loss, as far as it was replayed.</summary>
    public LossTotals Without => _without.ToTotals();

    /// <summary>Both in one line.</summary>
    public override string ToString() => $"as recorded: {_recorded}; without: {_without}";

    /// <summary>The event with a number, and all losses of our frames by the link.</summary>
    private static (TraceEvent? Named, List<LostFrame> Losses) Search(UserTcpReplay replay, long number)
    {
        TraceEvent? named = null;
        var losses = new List<LostFrame>();
        replay.Restart();
        while (replay.TryRead(out var traceEvent))
        {
            if (traceEvent.Number == number)
                named = traceEvent;
            if (traceEvent is { Kind: TraceEventKind.Link, Link: { Outbound: true } link }
                && link.Kind is LinkVerdictKind.Lost or LinkVerdictKind.QueueFull)
            {
                losses.Add(new LostFrame(traceEvent.Number, traceEvent.Tuple, link.Header.Seq));
            }
        }

        return (named, losses);
    }

    /// <summary>The number of the link's event; null when there is none.</summary>
    private static long? VerdictOf(in TraceEvent named, List<LostFrame> losses)
    {
        if (named.Kind == TraceEventKind.Link)
            return named.Number;
        var (tuple, number) = (named.Tuple, named.Number);
        if (named is { Kind: TraceEventKind.Segment, Segment.Sent: true })
        {
            var seq = named.Segment.Header.Seq;
            return losses.Find(one => one.Number > number && one.Tuple == tuple && one.Seq == seq)?.Number;
        }

        if (named.Kind != TraceEventKind.Loss)
            return null;
        var from = named.Loss.From;
        return losses.FindLast(one => one.Number < number && one.Tuple == tuple && one.Seq == from)?.Number;
    }

    private void Add(Tally tally, in TraceEvent traceEvent)
    {
        if (traceEvent.Tuple == _tuple)
            tally.Add(traceEvent);
    }

    /// <summary>A frame of ours that the link has lost.</summary>
    private sealed record LostFrame(long Number, FourTuple Tuple, SeqNum Seq);

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

        public LossTotals ToTotals() => new(_retransmissions, _cuts, Of(_end), Of(_lastData), _misfit);

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

        private double? Of(MonotonicTime? time) =>
            time is { } known && _start is { } start ? (known - start).TotalMilliseconds : null;

        private string Since(MonotonicTime? time) => Of(time) is { } milliseconds
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F1} ms")
            : "(never)";
    }
}

/// <summary>What became of a connection.</summary>
/// <param name="Retransmissions">Segments that were retransmitted.</param>
/// <param name="Cuts">How often cwnd was cut.</param>
/// <param name="AcknowledgedAfter">Milliseconds until all was acknowledged; null for never.</param>
/// <param name="ReceivedAfter">Milliseconds until the last data in order; null for never.</param>
/// <param name="Misfit">The event from which on the recorded ACKs do not fit; null for none.</param>
internal sealed record LossTotals(
    int Retransmissions, int Cuts, double? AcknowledgedAfter, double? ReceivedAfter, long? Misfit);
