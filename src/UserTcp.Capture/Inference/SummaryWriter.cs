using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>Writes the summary of a conversation: what limited it, what was lost, and then the figures.</summary>
internal static class SummaryWriter
{
    // Data that a person would call a transfer.
    private const int MinTransfer = 8;

    public static IReadOnlyList<Phrase> Write(
        in FourTuple ends, ConversationFacts facts, EndModel first, EndModel second, bool isOneWay)
    {
        var phrases = new List<Phrase>();
        var (opener, acceptor) = (ends.FormatLocal(), ends.FormatRemote());
        var end = EndOf(facts, first, second, opener, acceptor);
        if (end.Reason.Severity >= Severity.Warning)
            phrases.Add(end);
        AddLimits(phrases, facts.First, second, opener, acceptor);
        AddLimits(phrases, facts.Second, first, acceptor, opener);
        AddLosses(phrases, facts.First, opener);
        AddLosses(phrases, facts.Second, acceptor);
        AddRules(phrases, facts.First, opener);
        AddRules(phrases, facts.Second, acceptor);
        if (end.Reason.Severity < Severity.Warning)
            phrases.Add(end);
        AddTimes(phrases, facts, first, second, opener, acceptor);
        AddBytes(phrases, facts.First, first, opener);
        AddBytes(phrases, facts.Second, second, acceptor);
        AddOffers(phrases, first, opener);
        AddOffers(phrases, second, acceptor);
        if (isOneWay)
            phrases.Add(new Phrase(ReasonId.SummaryOneWay));
        if (!first.HasSyn && !second.HasSyn)
            phrases.Add(new Phrase(ReasonId.SummaryMidway));
        return phrases;
    }

    private static Phrase EndOf(
        ConversationFacts facts, EndModel first, EndModel second, string opener, string acceptor)
    {
        string Of(bool isFirst) => isFirst ? opener : acceptor;
        if (facts.Ending.FindIndex(end => end.IsReset) is >= 0 and var at)
        {
            var reset = facts.Ending[at];
            var isRefused = first.HasSyn && !second.HasSyn && !reset.IsFromFirst;
            return new Phrase(
                isRefused ? ReasonId.SummaryRefused : at > 0 ? ReasonId.SummaryResetAfterFin : ReasonId.SummaryReset,
                ("end", Of(reset.IsFromFirst)), ("state", SegmentLine.State(reset.Before)));
        }

        if (facts.Ending.Count == 2)
        {
            return new Phrase(
                ReasonId.SummaryClosed, ("first", Of(facts.Ending[0].IsFromFirst)),
                ("second", Of(facts.Ending[1].IsFromFirst)));
        }

        if (facts.Ending.Count == 1)
            return new Phrase(ReasonId.SummaryHalfClosed, ("end", Of(facts.Ending[0].IsFromFirst)));
        return first.HasSyn && !second.IsSeen
            ? new Phrase(ReasonId.SummaryUnanswered, ("n", facts.First.SynRetransmissions + 1))
            : new Phrase(ReasonId.SummaryOpen);
    }

    private static void AddLimits(
        List<Phrase> phrases, EndFacts facts, EndModel receiver, string sender, string other)
    {
        var limits = facts.Limits;
        (string, object) total = ("total", Numbers.Span(limits.Total));
        if (limits.WindowClosed > TimeSpan.Zero)
        {
            phrases.Add(new Phrase(
                ReasonId.SummaryWindowClosed, ("end", other), ("closed", Numbers.Span(limits.WindowClosed)), total));
        }

        if (facts.Segments < MinTransfer || limits.Total <= TimeSpan.Zero || !receiver.IsSeen)
            return;
        if (limits.Idle > limits.Total / 2)
        {
            phrases.Add(new Phrase(
                ReasonId.SummaryApplication, ("end", sender), ("idle", Numbers.Span(limits.Idle)), total,
                ("longest", Numbers.Span(limits.LongestIdle))));
        }
        else if (facts.Timeouts > limits.Total / 2)
        {
            phrases.Add(new Phrase(
                ReasonId.SummaryTimeouts, ("end", sender), ("waited", Numbers.Span(facts.Timeouts)), total));
        }
        else if (limits.WindowFull > limits.Total / 2)
        {
            phrases.Add(new Phrase(
                ReasonId.SummaryWindowFull, ("end", other), ("full", Numbers.Span(limits.WindowFull)), total));
        }
        else if (limits.WindowClosed <= limits.Total / 2)
        {
            phrases.Add(new Phrase(
                ReasonId.SummaryPath, ("end", sender),
                ("busy", Numbers.Span(limits.Total - limits.Idle - limits.WindowFull - limits.WindowClosed)), total));
        }
    }

    private static void AddLosses(List<Phrase> phrases, EndFacts facts, string end)
    {
        (string, object) who = ("end", end);
        if (facts.SynRetransmissions > 0)
            phrases.Add(new Phrase(ReasonId.SummarySynRetransmissions, who, ("n", facts.SynRetransmissions)));
        if (facts.Retransmitted > 0)
        {
            phrases.Add(new Phrase(
                ReasonId.SummaryRetransmissions, who, ("n", facts.Retransmitted), ("total", facts.Segments),
                ("share", Share(facts.Retransmitted, facts.Segments)), ("parts", Parts(facts))));
        }
        else if (facts.Segments > 0)
        {
            phrases.Add(new Phrase(ReasonId.SummaryNoRetransmission, who, ("total", facts.Segments)));
        }

        if (facts.Spurious > 0)
            phrases.Add(new Phrase(ReasonId.SummarySpurious, who, ("n", facts.Spurious)));
        if (facts.Reordered > 0)
            phrases.Add(new Phrase(ReasonId.SummaryReordered, who, ("n", facts.Reordered)));
        if (facts.Duplicated > 0)
            phrases.Add(new Phrase(ReasonId.SummaryDuplicated, who, ("n", facts.Duplicated)));
        if (facts.WrongChecksums > 0)
            phrases.Add(new Phrase(ReasonId.SummaryWrongChecksums, who, ("n", facts.WrongChecksums)));
        if (facts.Probes > 0)
            phrases.Add(new Phrase(ReasonId.SummaryProbes, who, ("n", facts.Probes)));
        if (facts.KeepAlives > 0)
            phrases.Add(new Phrase(ReasonId.SummaryKeepAlives, who, ("n", facts.KeepAlives)));
    }

    private static string Parts(EndFacts facts)
    {
        var parts = new List<string>();
        Add(RetransmissionCause.Sack, "after SACK");
        Add(RetransmissionCause.DuplicateAcks, "after duplicate ACKs");
        Add(RetransmissionCause.Recovery, "in a recovery");
        Add(RetransmissionCause.Timeout, $"after a timeout of up to {Numbers.Span(facts.LongestTimeout)}");
        Add(RetransmissionCause.TailLossProbe, "as tail loss probes");
        Add(RetransmissionCause.Unknown, "without a visible cause");
        return string.Join(", ", parts);

        void Add(RetransmissionCause cause, string words)
        {
            if (facts.Retransmissions.GetValueOrDefault(cause) is > 0 and var count)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count:N0} {words}"));
        }
    }

    private static string Share(int part, int whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / Math.Max(whole, 1):0.#} %");

    private static void AddRules(List<Phrase> phrases, EndFacts facts, string end)
    {
        foreach (var (rule, times, frame) in facts.Rules.Found)
            phrases.Add(new Phrase(rule, ("end", end), ("n", times), ("of", frame)));
    }

    private static void AddTimes(
        List<Phrase> phrases, ConversationFacts facts, EndModel first, EndModel second, string opener, string acceptor)
    {
        if (facts is { Syn: { } syn, SynAck: { } synAck, HandshakeAck: { } ack, IsHandshakeAmbiguous: false })
        {
            phrases.Add(new Phrase(
                ReasonId.SummaryHandshake, ("rtt", Numbers.Span(ack - syn)), ("far", Numbers.Span(synAck - syn)),
                ("acceptor", acceptor), ("near", Numbers.Span(ack - synAck)), ("opener", opener)));
        }

        AddRtt(phrases, first.Rtt, acceptor);
        AddRtt(phrases, second.Rtt, opener);
    }

    private static void AddRtt(List<Phrase> phrases, RttSamples samples, string end)
    {
        if (samples.Count == 0)
            return;
        phrases.Add(new Phrase(
            ReasonId.SummaryRtt, ("end", end), ("min", Numbers.Span(samples.Min)),
            ("median", Numbers.Span(samples.Percentile(0.5))), ("p95", Numbers.Span(samples.Percentile(0.95))),
            ("n", samples.Count)));
    }

    private static void AddBytes(List<Phrase> phrases, EndFacts facts, EndModel sender, string end)
    {
        if (facts.Segments == 0)
            return;
        var acknowledged = Math.Max(sender.Una - 1 - (sender.FinEnd <= sender.Una ? 1 : 0), 0);
        var goodput = facts.Limits.Total > TimeSpan.Zero
            ? Numbers.Rate(acknowledged * 8 / facts.Limits.Total.TotalSeconds)
            : "-";
        phrases.Add(new Phrase(
            ReasonId.SummaryBytes, ("end", end), ("bytes", facts.Bytes), ("n", facts.Segments),
            ("acknowledged", acknowledged), ("time", Numbers.Span(facts.Limits.Total)), ("goodput", goodput)));
    }

    private static void AddOffers(List<Phrase> phrases, EndModel end, string name)
    {
        if (!end.HasSyn)
            return;
        var offer = Departures.OfferOf(end.Mss, end.Scale, end.PermitsSack, end.OffersTimestamps, end.OffersEcn);
        phrases.Add(new Phrase(ReasonId.SummaryOffer, ("end", name), ("offer", offer)));
    }
}
