using System.Globalization;

namespace UserTcp.Capture.Explaining;

/// <summary>
/// Remembers the last events by their numbers, and follows <see cref="ExplainedEvent.Because"/> and
/// <see cref="ExplainedEvent.Of"/> back to the first cause: from a retransmission to the ACK or the timer that found
/// the loss, to the segment that was lost, and to the link's verdict on it.
/// </summary>
public sealed class CauseChain
{
    private const int MaxEvents = 8192;
    private const int MaxLinks = 16;

    private readonly Dictionary<long, ExplainedEvent> _events = [];
    private readonly Queue<long> _order = new();

    // The link's verdicts, by the number of the segment that they are about.
    private readonly Dictionary<long, long> _verdicts = [];

    /// <summary>Remembers an event.</summary>
    public void Add(ExplainedEvent explained)
    {
        ArgumentNullException.ThrowIfNull(explained);
        if (_order.Count == MaxEvents && _order.TryDequeue(out var oldest) && _events.Remove(oldest, out var gone))
            _verdicts.Remove(gone.Event.Number);
        var number = explained.Event.Number;
        if (!_events.TryAdd(number, explained))
            return;
        _order.Enqueue(number);
        if (explained is { Event.Kind: Engine.Contract.TraceEventKind.Link, Of: { } judged })
            _verdicts[judged] = number;
    }

    /// <summary>
    /// The causes of an event, the nearest first, and each once; empty when none is remembered.
    /// </summary>
    public IReadOnlyList<Cause> Of(ExplainedEvent explained)
    {
        ArgumentNullException.ThrowIfNull(explained);
        var chain = new List<Cause>();
        var seen = new HashSet<long> { explained.Event.Number };
        Follow(explained, chain, seen);
        return chain;
    }

    /// <summary>A cause as a line: "because #48: lost: 5001-6449, RACK: ...".</summary>
    public static string Format(Cause cause, Language language = Language.English) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Word(cause.Relation, language)} #{cause.Event.Event.Number}: {cause.Event.Say(language)}");

    private static string Word(CauseRelation relation, Language language) => (relation, language) switch
    {
        (CauseRelation.Because, Language.Korean) => "원인",
        (CauseRelation.About, Language.Korean) => "대상",
        (CauseRelation.Verdict, Language.Korean) => "링크",
        (CauseRelation.Because, _) => "because",
        (CauseRelation.About, _) => "of",
        _ => "link",
    };

    private void Follow(ExplainedEvent explained, List<Cause> chain, HashSet<long> seen)
    {
        Add(explained.Because, CauseRelation.Because, chain, seen);
        Add(explained.Of, CauseRelation.About, chain, seen);
        if (_verdicts.TryGetValue(explained.Event.Number, out var verdict))
            Add(verdict, CauseRelation.Verdict, chain, seen);
    }

    private void Add(long? number, CauseRelation relation, List<Cause> chain, HashSet<long> seen)
    {
        if (chain.Count == MaxLinks || number is not { } known || !_events.TryGetValue(known, out var found)
            || !seen.Add(known))
        {
            return;
        }

        chain.Add(new Cause(relation, found));
        // What caused a segment in the first place is another story; what the link did to it is not.
        if (relation == CauseRelation.About)
        {
            if (_verdicts.TryGetValue(known, out var verdict))
                Add(verdict, CauseRelation.Verdict, chain, seen);
            if (found.Of is not null)
                Follow(found, chain, seen);
        }
        else if (relation == CauseRelation.Because)
        {
            Follow(found, chain, seen);
        }
    }
}

/// <summary>How a cause is related to the event after it.</summary>
public enum CauseRelation
{
    /// <summary>It made it happen.</summary>
    Because,

    /// <summary>It is what the event is about.</summary>
    About,

    /// <summary>It is what the link did to that.</summary>
    Verdict,
}

/// <summary>A link of a chain of causes.</summary>
/// <param name="Relation">How it is related to the event before it in the chain.</param>
/// <param name="Event">The event.</param>
public readonly record struct Cause(CauseRelation Relation, ExplainedEvent Event);
