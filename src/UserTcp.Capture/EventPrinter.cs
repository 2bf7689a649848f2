using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture;

/// <summary>
/// Explains events in their order, and prints those that are wanted in one form. One thread at a time.
/// </summary>
/// <param name="writer">Where it prints.</param>
/// <param name="form">The form.</param>
/// <param name="style">How lines and ladders look; of JSON the language of the sentences.</param>
/// <param name="wants">True for events to print; null for all. The others may still be causes.</param>
/// <param name="complete">Returns an event with more data, such as the peer's own state; null keeps it.</param>
public sealed class EventPrinter(
    TextWriter writer, EventForm form, LineStyle style, Func<ExplainedEvent, bool>? wants = null,
    Func<ExplainedEvent, ExplainedEvent>? complete = null)
{
    private readonly EventExplainer _explainer = new();
    private readonly EventLine _lines = new(style);
    private readonly LiveLadder _ladder = new(writer, style);

    /// <summary>True while a line is held until the next event, or <see cref="Flush"/>.</summary>
    public bool IsHolding => _ladder.IsHolding;

    /// <summary>Prints the next event. False when it is not wanted, or the style leaves it out.</summary>
    public bool Print(in TraceEvent traceEvent)
    {
        var explained = _explainer.Explain(traceEvent);
        if (complete is not null)
            explained = complete(explained);
        if (wants is not null && !wants(explained))
        {
            _lines.Remember(explained);
            _ladder.Remember(explained);
            return false;
        }

        if (form == EventForm.Ladder)
        {
            _ladder.Print(explained);
            return LadderPrinter.IsShown(traceEvent, style);
        }

        var line = form switch
        {
            EventForm.Json => EventJson.Format(explained, style.Language),
            EventForm.JsonSequence => EventSequence.Format(explained, style.Language),
            _ => _lines.Format(explained),
        };
        if (line is null)
            return false;
        writer.Write(line);
        writer.Write('\n');
        return true;
    }

    /// <summary>Prints what is held.</summary>
    public void Flush() => _ladder.Flush();
}
