using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Pictures;

/// <summary>
/// Reads the lines of <see cref="EventJson"/> back. Lines without a "kind", such as the first one of a watch, are left
/// out. What the lines have of an event comes back exactly; the event has the ISNs that its explanation has.
/// </summary>
public static class EventJsonReader
{
    /// <summary>Max characters of a line: more than any event has.</summary>
    private const int MaxLine = 1 << 20;

    /// <summary>Reads events up to the end.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="maxEvents">Max events; later ones are not read.</param>
    /// <exception cref="FormatException">A line is not such JSON; the message has its number.</exception>
    public static IReadOnlyList<ExplainedEvent> Read(TextReader lines, int maxEvents = 1_000_000)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var events = new List<ExplainedEvent>();
        var hasEarlier = false;
        var source = new BoundedLines(lines, MaxLine);
        for (var number = 1; events.Count < maxEvents; number++)
        {
            try
            {
                if (source.Read() is not { } line)
                    break;
                if (string.IsNullOrWhiteSpace(line) || EventParser.Parse(line, out var isEarlier) is not { } explained)
                    continue;
                events.Add(explained);
                hasEarlier |= isEarlier;
            }
            catch (Exception exception) when (JsonFields.IsError(exception))
            {
                throw new FormatException($"line {number}: not an event as JSON ({exception.Message})");
            }
        }

        JudgeLost(events);
        return hasEarlier ? VitalsFromChanges.Add(events) : events;
    }

    /// <summary>Marks the segments that the link has lost, by its verdicts.</summary>
    internal static void JudgeLost(IReadOnlyList<ExplainedEvent> events)
    {
        var byNumber = new Dictionary<long, ExplainedEvent>();
        foreach (var explained in events)
        {
            byNumber[explained.Event.Number] = explained;
            if (explained is { Event.Kind: TraceEventKind.Link, Of: { } of }
                && LadderRows.IsLost(explained.Event.Link) && byNumber.TryGetValue(of, out var lost))
            {
                lost.IsLost = true;
            }
        }
    }
}
