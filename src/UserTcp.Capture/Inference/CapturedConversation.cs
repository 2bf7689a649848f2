using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>The ends of a captured conversation.</summary>
public enum ConversationEnd
{
    /// <summary>The end that opened the connection, as far as the capture shows it.</summary>
    Opener,

    /// <summary>The other end, usually the server.</summary>
    Acceptor,
}

/// <summary>
/// A TCP conversation of a capture. Only the headers of its segments are held, so that it can be walked over more than
/// once.
/// </summary>
public sealed class CapturedConversation
{
    private readonly List<CapturedSegment> _segments = [];
    private Hindsight? _hindsight;

    internal CapturedConversation(int number, in FourTuple ends) => (Number, Ends) = (number, ends);

    /// <summary>The conversation's number in the capture, from 1.</summary>
    public int Number { get; }

    /// <summary>The addresses. The local side is the end that opened the connection.</summary>
    public FourTuple Ends { get; }

    /// <summary>The number of its segments.</summary>
    public int SegmentCount => _segments.Count;

    /// <summary>The time of its first segment since 1970.</summary>
    public MonotonicTime Start => _segments.Count > 0 ? _segments[0].Time : default;

    /// <summary>The addresses as one end sees them: the local side is its own.</summary>
    public FourTuple TupleOf(ConversationEnd end) => end == ConversationEnd.Opener ? Ends : Ends.Reverse;

    /// <summary>
    /// Explains the segments in their order, as if one end were ours: what each means to it, and why it sent it.
    /// </summary>
    public IEnumerable<CapturedEvent> Explain(ConversationEnd us)
    {
        var walk = new ConversationInference(FindHindsight());
        var explainer = new EventExplainer(maxConversations: 1);
        var (own, peer) = us == ConversationEnd.Opener ? (walk.First, walk.Second) : (walk.Second, walk.First);
        foreach (var segment in _segments)
        {
            var inference = walk.Infer(segment);
            yield return EndView.Explain(segment, inference, own, peer, TupleOf(us), explainer);
        }
    }

    /// <summary>What a person wants to know first, and then the figures.</summary>
    public ConversationSummary Summarize()
    {
        var facts = new ConversationFacts();
        var walk = new ConversationInference(FindHindsight());
        foreach (var segment in _segments)
        {
            facts.BeforeSegment(segment, walk.First, walk.Second);
            facts.OnSegment(segment, walk.Infer(segment), walk.First, walk.Second);
        }

        return new ConversationSummary(
            SummaryWriter.Write(Ends, facts, walk.First, walk.Second, FindHindsight().IsOneWay),
            ConversationInference.StateOf(walk.First), ConversationInference.StateOf(walk.Second));
    }

    internal void Add(in CapturedSegment segment) => _segments.Add(segment);

    /// <summary>True when a SYN belongs to a later conversation with the same addresses and ports.</summary>
    internal bool IsOver(in CapturedSegment syn)
    {
        var isAnyOfSender = false;
        foreach (var segment in _segments)
        {
            if (segment.IsFromFirst == syn.IsFromFirst)
            {
                if (segment.Has(TcpFlags.Syn))
                    return segment.Header.Seq != syn.Header.Seq;
                isAnyOfSender = true;
            }
        }

        return isAnyOfSender || _segments.Any(segment => segment.Has(TcpFlags.Fin | TcpFlags.Rst));
    }

    private Hindsight FindHindsight()
    {
        if (_hindsight is not null)
            return _hindsight;
        var found = new Hindsight
        {
            IsOneWay = _segments.TrueForAll(segment => segment.IsFromFirst == _segments[0].IsFromFirst),
        };
        var walk = new ConversationInference(found);
        foreach (var segment in _segments)
            walk.Infer(segment);
        return _hindsight = found;
    }
}

/// <summary>A segment of a capture, explained.</summary>
/// <param name="Frame">The number of its frame in the file.</param>
/// <param name="Explained">What it is. Numbers of events are numbers of frames.</param>
public sealed record CapturedEvent(long Frame, ExplainedEvent Explained);

/// <summary>The summary of a conversation.</summary>
/// <param name="Phrases">What can be said of it as a whole, the most important first.</param>
/// <param name="OpenerState">The opener's last state.</param>
/// <param name="AcceptorState">The other end's last state.</param>
public sealed record ConversationSummary(
    IReadOnlyList<Phrase> Phrases, TcpState OpenerState, TcpState AcceptorState);
