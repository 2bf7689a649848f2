using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>
/// Explains events in their order: what each means, what caused it, what it is about and what it changed. Remembers
/// what it needs of each connection, of a limited number of connections. One thread at a time.
/// </summary>
/// <param name="maxConversations">
/// Connections that are remembered; the one that was silent longest is forgotten.
/// </param>
public sealed class EventExplainer(int maxConversations = 1024)
{
    private readonly Dictionary<FourTuple, LinkedListNode<(FourTuple Tuple, Conversation Value)>> _known = [];
    private readonly LinkedList<(FourTuple Tuple, Conversation Value)> _order = new();
    private long _number;

    /// <summary>Explains the next event. One without a number gets the next one.</summary>
    public ExplainedEvent Explain(in TraceEvent traceEvent)
    {
        var numbered = traceEvent.Number > 0 ? traceEvent : traceEvent with { Number = _number + 1 };
        _number = numbered.Number;
        if (numbered.Kind == TraceEventKind.Gap)
        {
            var gap = new Phrase(ReasonId.Gap, ("n", numbered.Missed));
            return new ExplainedEvent { Event = numbered, Phrases = [gap] };
        }

        var conversation = Find(numbered.Tuple);
        conversation.Update(numbered);
        var peerBefore = conversation.Peer;
        var explanation = numbered.Kind switch
        {
            TraceEventKind.Segment when numbered.Segment.Sent => Departures.Explain(numbered, conversation),
            TraceEventKind.Segment => Arrivals.Explain(numbered, conversation),
            TraceEventKind.Link => LinkVerdicts.Explain(numbered, conversation),
            _ => OtherEvents.Explain(numbered, conversation),
        };
        var explained = new ExplainedEvent
        {
            Event = numbered,
            Phrases = explanation.Phrases,
            Because = explanation.Because,
            Of = explanation.Of,
            Window = explanation.Window,
            Changes = Changes.Between(conversation.Vitals, numbered.Vitals, conversation),
            Iss = conversation.Iss,
            Irs = conversation.Irs,
            PeerState = conversation.Peer.State,
        };
        Remember(explained, conversation);
        if (numbered is { Kind: TraceEventKind.Segment, Segment.Sent: true })
            conversation.LastSent = (explained, peerBefore);
        return explained;
    }

    /// <summary>An event to come shows that RCV.NXT was another one than the events before have said.</summary>
    internal void Correct(in FourTuple tuple, SeqNum rcvNxt)
    {
        var conversation = Find(tuple);
        if (conversation.Vitals is { } vitals)
            conversation.Vitals = vitals with { RcvNxt = rcvNxt };
    }

    private static void Remember(ExplainedEvent explained, Conversation conversation)
    {
        var traceEvent = explained.Event;
        var segment = traceEvent.Segment;
        switch (traceEvent.Kind)
        {
            case TraceEventKind.Segment when !segment.Sent:
                conversation.LastMeaning = segment.Meaning;
                conversation.Cause = traceEvent.Number;
                break;
            case TraceEventKind.Segment when Departures.LengthOf(segment) is > 0 and var length:
                conversation.RecordSent(new SentSegment(explained, new SeqRange(segment.Header.Seq, length)));
                break;
            case TraceEventKind.Call:
                conversation.Cause = traceEvent.Number;
                break;
            case TraceEventKind.Timer when traceEvent.Timer.Action == TimerAction.Expired:
                conversation.Cause = traceEvent.Number;
                break;
            case TraceEventKind.Loss:
                conversation.RecordLoss(traceEvent.Number, traceEvent.Loss);
                break;
        }

        conversation.Vitals = traceEvent.Vitals ?? conversation.Vitals;
        if (traceEvent.Vitals is { } vitals)
            conversation.ForgetAcknowledged(vitals.SndUna);
    }

    private Conversation Find(in FourTuple tuple)
    {
        if (_known.TryGetValue(tuple, out var node))
        {
            _order.Remove(node);
            _order.AddLast(node);
            return node.Value.Value;
        }

        if (_known.Count == maxConversations)
        {
            _known.Remove(_order.First!.Value.Tuple);
            _order.RemoveFirst();
        }

        _known.Add(tuple, _order.AddLast((tuple, new Conversation())));
        return _known[tuple].Value.Value;
    }
}
