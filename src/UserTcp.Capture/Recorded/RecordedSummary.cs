using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Recorded;

/// <summary>Writes the summary of a connection from its events: nothing of it is inferred.</summary>
internal sealed class RecordedSummary
{
    private readonly List<Phrase> _phrases = [];
    private readonly RecordedConversation _conversation;
    private readonly RecordedFacts _facts;
    private readonly string _us;
    private readonly string _peer;

    private RecordedSummary(RecordedConversation conversation)
    {
        _conversation = conversation;
        _facts = RecordedFacts.Of(conversation.Events);
        var tuple = conversation.Tuple;
        (_us, _peer) = (tuple.FormatLocal(), tuple.FormatRemote());
    }

    public static IReadOnlyList<Phrase> Write(RecordedConversation conversation)
    {
        var summary = new RecordedSummary(conversation);
        summary.AddEnd();
        summary.AddLimits();
        summary.AddLosses();
        summary.AddLink();
        summary.AddTimes();
        summary.AddBytes();
        summary.AddOffers();
        return summary._phrases;
    }

    private string NameOf(bool ours) => ours ? _us : _peer;

    private void Add(ReasonId reason, params (string Name, object Value)[] arguments) =>
        _phrases.Add(new Phrase(reason, arguments));

    private void AddEnd()
    {
        if (_facts.Error is not (null or EngineError.None))
            Add(ReasonId.RecordedEnd, ("error", $"{_facts.Error}"));
        if (_facts.Reset is { } reset)
        {
            var isRefused = !reset.Sent && reset.Before == TcpState.SynSent;
            Add(
                isRefused ? ReasonId.SummaryRefused
                    : _facts.FirstFin is null ? ReasonId.SummaryReset : ReasonId.SummaryResetAfterFin,
                ("end", NameOf(reset.Sent)), ("state", SegmentLine.State(reset.Before)));
        }
        else if (_facts is { HasFin: true, HasPeerFin: true, FirstFin: { } first })
        {
            Add(ReasonId.SummaryClosed, ("first", NameOf(first.Sent)), ("second", NameOf(!first.Sent)));
        }
        else if (_facts.FirstFin is { } only)
        {
            Add(ReasonId.SummaryHalfClosed, ("end", NameOf(only.Sent)));
        }
        else if (_facts is { Received.Segments: 0, SynCount: > 0 } && _conversation.IsOpenedByUs)
        {
            Add(ReasonId.SummaryUnanswered, ("n", _facts.SynCount));
        }
        else
        {
            Add(ReasonId.SummaryOpen);
        }
    }

    private void AddLimits()
    {
        var parts = _facts.Limits.Where(one => one.Value > TimeSpan.Zero).OrderByDescending(one => one.Value)
            .Select(one => $"{NameOf(one.Key)} {Numbers.Span(one.Value)}").ToList();
        if (parts.Count > 0 && _facts.Sent.DataSegments > 0)
        {
            Add(
                ReasonId.RecordedLimits, ("total", Numbers.Span(_facts.LimitTime)),
                ("parts", string.Join(", ", parts)));
        }
    }

    private static string NameOf(SendLimit limit) => limit switch
    {
        SendLimit.NoData => "the application",
        SendLimit.PeerWindow => "the peer's window",
        SendLimit.CongestionWindow => "cwnd",
        SendLimit.SmallSegment => "Nagle's algorithm",
        SendLimit.Pacing => "the pacer",
        SendLimit.MtuProbe => "an MTU probe",
        _ => "no limit",
    };

    private void AddLosses()
    {
        (string, object) us = ("end", _us);
        if (_facts.SynCount > 1)
            Add(ReasonId.SummarySynRetransmissions, us, ("n", _facts.SynCount - 1));
        var (count, total) = (_facts.Retransmissions.Values.Sum(), _facts.Sent.DataSegments);
        if (count > 0)
        {
            var parts = _facts.Retransmissions.OrderByDescending(one => one.Value)
                .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Value:N0} {one.Key}"));
            Add(
                ReasonId.SummaryRetransmissions, us, ("n", count), ("total", total),
                ("share", string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / Math.Max(total, 1):0.#} %")),
                ("parts", string.Join(", ", parts)));
        }
        else if (total > 0)
        {
            Add(ReasonId.SummaryNoRetransmission, us, ("total", total));
        }

        if (_facts.Undone > 0)
            Add(ReasonId.SummarySpurious, us, ("n", _facts.Undone));
        if (_facts.OutOfOrder + _facts.Again > 0)
            Add(ReasonId.RecordedArrivals, ("end", _peer), ("n", _facts.OutOfOrder), ("again", _facts.Again));
        if (_facts.Probes > 0)
            Add(ReasonId.SummaryProbes, us, ("n", _facts.Probes));
        if (_facts.KeepAlives > 0)
            Add(ReasonId.SummaryKeepAlives, us, ("n", _facts.KeepAlives));
    }

    private void AddLink()
    {
        if (_facts.Verdicts.Count > 0)
            Add(ReasonId.RecordedLink, ("sent", Verdicts(outbound: true)), ("received", Verdicts(outbound: false)));
    }

    private string Verdicts(bool outbound)
    {
        var parts = _facts.Verdicts.Where(one => one.Key.Outbound == outbound).OrderByDescending(one => one.Value)
            .Select(one => string.Create(
                CultureInfo.InvariantCulture, $"{WordOf(one.Key.Kind)} {one.Value:N0}")).ToList();
        return parts.Count > 0 ? string.Join(", ", parts) : "nothing";
    }

    private static string WordOf(LinkVerdictKind kind) =>
        kind == LinkVerdictKind.QueueFull ? "queue full" : kind.ToString().ToLowerInvariant();

    private void AddTimes()
    {
        if (_facts.Last is { } vitals && vitals.Srtt > TimeSpan.Zero)
        {
            Add(
                ReasonId.RecordedRtt, ("min", Numbers.Span(_facts.MinRtt)), ("srtt", Numbers.Span(vitals.Srtt)),
                ("rto", Numbers.Span(vitals.Rto)));
        }
    }

    private void AddBytes()
    {
        AddBytes(_facts.Sent, _us, _facts.AcknowledgedBytes);
        AddBytes(_facts.Received, _peer, _facts.ReceivedBytes);
    }

    private void AddBytes(RecordedFlow flow, string end, long acknowledged)
    {
        if (flow.DataSegments == 0)
            return;
        var seconds = _facts.Duration.TotalSeconds;
        Add(
            ReasonId.SummaryBytes, ("end", end), ("bytes", flow.Bytes), ("n", flow.DataSegments),
            ("acknowledged", acknowledged), ("time", Numbers.Span(_facts.Duration)),
            ("goodput", seconds > 0 ? Numbers.Rate(acknowledged * 8 / seconds) : "-"));
    }

    private void AddOffers()
    {
        foreach (var (ours, syn) in new[] { (true, _facts.Syn), (false, _facts.PeerSyn) })
        {
            if (syn is { } offer)
                Add(ReasonId.SummaryOffer, ("end", NameOf(ours)), ("offer", Departures.OfferOf(offer)));
        }
    }
}
