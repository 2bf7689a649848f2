using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>
/// Collects the events of conversations and prints them as ladders (<see cref="LadderPrinter"/>). Bounded: events
/// beyond the limits are counted, not kept. Any thread.
/// </summary>
public sealed class Ladder(int maxConversations = 64, int maxEvents = 4096) : IEngineObserver
{
    private readonly Lock _lock = new();
    private readonly Dictionary<FourTuple, List<TraceEvent>> _conversations = [];
    private readonly Dictionary<long, TcpState> _peerStates = [];

    /// <summary>Events that were not kept because a limit was reached.</summary>
    public long Omitted { get; private set; }

    /// <summary>The conversations in order of their first event.</summary>
    public IReadOnlyList<FourTuple> Conversations
    {
        get
        {
            lock (_lock)
                return [.. _conversations.OrderBy(one => one.Value[0].Time).Select(one => one.Key)];
        }
    }

    /// <inheritdoc/>
    public void OnEvent(in TraceEvent traceEvent)
    {
        if (traceEvent.Kind is TraceEventKind.Gap or TraceEventKind.Limit or TraceEventKind.State
            || traceEvent is { Kind: TraceEventKind.Timer, Timer.Action: not TimerAction.Expired })
        {
            return;
        }

        lock (_lock)
        {
            if (!_conversations.TryGetValue(traceEvent.Tuple, out var events))
            {
                if (_conversations.Count == maxConversations)
                {
                    Omitted++;
                    return;
                }

                _conversations.Add(traceEvent.Tuple, events = []);
            }

            if (events.Count < maxEvents)
                events.Add(traceEvent);
            else
                Omitted++;
        }
    }

    /// <summary>
    /// Records the state that the peer's kernel had right behind a segment. For one that we have sent it takes the
    /// place of the inferred state. The sender of one that has arrived may have gone on meanwhile: there it only
    /// confirms.
    /// </summary>
    /// <param name="number">The number of the segment's event.</param>
    /// <param name="state">The peer's state.</param>
    public void RecordPeerState(long number, TcpState state)
    {
        lock (_lock)
        {
            if (_peerStates.Count < (long)maxConversations * maxEvents)
                _peerStates[number] = state;
        }
    }

    /// <summary>The segments of one conversation so far; empty when there is none.</summary>
    public IReadOnlyList<SegmentObservation> Segments(FourTuple conversation) =>
    [
        .. Copy(conversation).Where(one => one.Kind == TraceEventKind.Segment).Select(one => one.Segment),
    ];

    /// <summary>The explained events of one conversation so far; empty when there is none.</summary>
    public IReadOnlyList<ExplainedEvent> Events(FourTuple conversation)
    {
        var explainer = new EventExplainer();
        // The link's verdict on a segment comes behind it: all are explained first.
        ExplainedEvent[] explained = [.. Copy(conversation).Select(one => explainer.Explain(one))];
        return [.. explained.Select(WithPeerState)];
    }

    /// <summary>Prints one conversation; nothing when there is none.</summary>
    public void Print(TextWriter writer, FourTuple conversation, LineStyle? style = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        new LadderPrinter(writer, style ?? LineStyle.Plain).Print(Events(conversation));
    }

    /// <summary>Prints all conversations, and how many events are not in them.</summary>
    public void PrintAll(TextWriter writer, LineStyle? style = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (var conversation in Conversations)
            Print(writer, conversation, style);
        if (Omitted > 0)
            writer.WriteLine($"  -- {Omitted} events beyond the limits are not shown --");
    }

    private ExplainedEvent WithPeerState(ExplainedEvent explained)
    {
        lock (_lock)
        {
            return _peerStates.TryGetValue(explained.Event.Number, out var state)
                && (explained.Event.Segment.Sent || state == explained.PeerState)
                ? explained with { PeerState = state, IsPeerStateRead = true }
                : explained;
        }
    }

    private IReadOnlyList<TraceEvent> Copy(FourTuple conversation)
    {
        lock (_lock)
            return _conversations.TryGetValue(conversation, out var found) ? [.. found] : [];
    }
}
