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

    /// <summary>The segments of one conversation so far; empty when there is none.</summary>
    public IReadOnlyList<SegmentObservation> Segments(FourTuple conversation) =>
    [
        .. Copy(conversation).Where(one => one.Kind == TraceEventKind.Segment).Select(one => one.Segment),
    ];

    /// <summary>The explained events of one conversation so far; empty when there is none.</summary>
    public IReadOnlyList<ExplainedEvent> Events(FourTuple conversation)
    {
        var explainer = new EventExplainer();
        return [.. Copy(conversation).Select(one => explainer.Explain(one))];
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

    private IReadOnlyList<TraceEvent> Copy(FourTuple conversation)
    {
        lock (_lock)
            return _conversations.TryGetValue(conversation, out var found) ? [.. found] : [];
    }
}
