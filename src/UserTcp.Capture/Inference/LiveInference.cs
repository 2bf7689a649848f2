using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// Explains the segments between two hosts while they pass, as the end that opened each connection sees them. What a
/// later segment would say of an earlier one is not known yet. Bounded: of many conversations the oldest is forgotten.
/// One thread at a time.
/// </summary>
/// <param name="maxConversations">Conversations that are remembered.</param>
public sealed class LiveInference(int maxConversations = 1024)
{
    private readonly Dictionary<FourTuple, Talk> _talks = [];
    private readonly Queue<FourTuple> _order = new();
    private readonly EventExplainer _explainer = new(maxConversations);
    private long _number;

    /// <summary>
    /// Explains the next packet, and then what the link did to it. Empty for a packet of another protocol.
    /// </summary>
    /// <param name="packet">The packet; its number is not used.</param>
    /// <param name="verdicts">What the link did to it.</param>
    public IReadOnlyList<ExplainedEvent> Add(in CapturedPacket packet, IReadOnlyList<LinkVerdict> verdicts)
    {
        ArgumentNullException.ThrowIfNull(verdicts);
        if (SegmentParser.Parse(packet, out var segment, out var tuple) != PacketKind.Tcp)
            return [];
        var (talk, isFromFirst) = Find(segment, tuple);
        segment = segment with
        {
            Frame = ++_number,
            IsFromFirst = isFromFirst,
            IsLost = verdicts.Any(verdict => verdict.Kind is LinkVerdictKind.Lost or LinkVerdictKind.QueueFull),
        };
        var inference = talk.Walk.Infer(segment);
        var explained = EndView.Explain(
            segment, inference, talk.Walk.First, talk.Walk.Second, talk.Ends, _explainer).Explained;
        if (segment.IsLost)
            explained.Lose(explained.PeerState);
        return [explained, .. verdicts.Select(verdict => Explain(verdict, segment, talk))];
    }

    private ExplainedEvent Explain(in LinkVerdict verdict, in CapturedSegment segment, Talk talk) =>
        _explainer.Explain(new TraceEvent
        {
            Number = ++_number,
            Kind = TraceEventKind.Link,
            Time = segment.Time,
            Tuple = talk.Ends,
            Iss = talk.Walk.First.Isn,
            Irs = talk.Walk.Second.Isn,
            Link = verdict with { Outbound = segment.IsFromFirst, Tuple = talk.Ends },
        });

    private (Talk Talk, bool IsFromFirst) Find(in CapturedSegment segment, in FourTuple tuple)
    {
        var reverse = tuple.Reverse;
        var isOpening = segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Ack);
        if (_talks.TryGetValue(tuple, out var talk) && !(isOpening && talk.Walk.First.Isn != segment.Header.Seq))
            return (talk, true);
        // Both ends may open at the same time, with the second SYN as the first of its end.
        if (_talks.TryGetValue(reverse, out talk)
            && !(isOpening && talk.Walk.Second.Isn is { } isn && isn != segment.Header.Seq))
        {
            return (talk, false);
        }

        var isFromFirst = CapturedConversations.IsOpener(segment, tuple);
        return (Begin(isFromFirst ? tuple : reverse, isFromFirst ? reverse : tuple), isFromFirst);
    }

    private Talk Begin(in FourTuple ends, in FourTuple reverse)
    {
        _talks.Remove(reverse);
        if (!_talks.ContainsKey(ends))
        {
            if (_order.Count == maxConversations)
                _talks.Remove(_order.Dequeue());
            _order.Enqueue(ends);
        }

        return _talks[ends] = new Talk(ends, new ConversationInference(new Hindsight(isLive: true)));
    }

    private sealed record Talk(FourTuple Ends, ConversationInference Walk);
}
