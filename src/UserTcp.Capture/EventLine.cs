using System.Globalization;
using System.Text;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture;

/// <summary>Formats events as lines of a live trace. One thread at a time.</summary>
public sealed class EventLine(LineStyle style)
{
    private const string Reset = "\e[0m";
    private const string Indent = "    ";

    private readonly CauseChain _causes = new();

    /// <summary>
    /// The event's lines, joined by line feeds: number, time, connection, direction, header fields, state and sentence;
    /// then what it changed, and its causes, if the style says so. Null for an event that the style leaves out.
    /// </summary>
    public string? Format(ExplainedEvent explained)
    {
        Remember(explained);
        if (!IsShown(explained.Event, style.AllEvents))
            return null;
        var lines = new StringBuilder();
        AppendMain(lines, explained);
        if (style.Changes)
        {
            foreach (var change in explained.Changes)
                lines.Append('\n').Append(Indent).Append($"{change.Name}: {change.Before} -> {change.After}");
        }

        if (style.Causes && IsRetransmission(explained))
        {
            foreach (var cause in _causes.Of(explained))
                lines.Append('\n').Append(Indent).Append(CauseChain.Format(cause, style.Language));
        }

        return lines.ToString();
    }

    /// <summary>Remembers an event that is not printed: it may be a cause of a later one.</summary>
    public void Remember(ExplainedEvent explained)
    {
        if (style.Causes)
            _causes.Add(explained);
    }

    /// <summary>True for events that lines of that style show.</summary>
    public static bool IsShown(ExplainedEvent explained, LineStyle style)
    {
        ArgumentNullException.ThrowIfNull(explained);
        ArgumentNullException.ThrowIfNull(style);
        return IsShown(explained.Event, style.AllEvents);
    }

    /// <summary>True for events that lines and ladders show.</summary>
    internal static bool IsShown(in TraceEvent traceEvent, bool all) => all || traceEvent.Kind switch
    {
        // The pacer's timer expires many times in a round trip.
        TraceEventKind.Timer => traceEvent.Timer is { Action: TimerAction.Expired, Timer: not TcbTimer.Pacing },
        TraceEventKind.Call or TraceEventKind.State or TraceEventKind.Limit => false,
        _ => true,
    };

    /// <summary>The event is a retransmission.</summary>
    internal static bool IsRetransmission(ExplainedEvent explained) =>
        explained is { Event: { Kind: TraceEventKind.Segment, Segment.Sent: true }, Of: not null };

    /// <summary>The sentence, coloured by its severity.</summary>
    internal static string Colored(ExplainedEvent explained, string sentence, bool colors) =>
        !colors ? sentence : explained.Severity switch
        {
            Severity.Normal => sentence,
            Severity.Note => $"\e[36m{sentence}{Reset}",
            Severity.Warning => $"\e[33m{sentence}{Reset}",
            _ => $"\e[31m{sentence}{Reset}",
        };

    private void AppendMain(StringBuilder lines, ExplainedEvent explained)
    {
        var traceEvent = explained.Event;
        var sentence = Colored(explained, explained.Say(style.Language), style.Colors);
        lines.Append(CultureInfo.InvariantCulture, $"#{traceEvent.Number,-6} ");
        lines.Append(CultureInfo.InvariantCulture, $"{(traceEvent.Time - style.Start).TotalSeconds,12:F6}");
        if (traceEvent.Kind == TraceEventKind.Gap)
        {
            lines.Append(" -- ").Append(sentence);
            return;
        }

        if (style.Connection)
            lines.Append(' ').Append(traceEvent.Tuple);
        if (traceEvent.Kind != TraceEventKind.Segment)
        {
            Break(lines.Append(" ** "), sentence);
            return;
        }

        var segment = traceEvent.Segment;
        lines.Append(segment.Sent ? " -> " : " <- ");
        lines.Append(CultureInfo.InvariantCulture, $"{SegmentLine.Flags(segment.Header.Flags),-11} ");
        if (style.IsNarrow)
            lines.Append('\n').Append(Indent);
        lines.Append(SegmentLine.Numbers(explained)).Append(' ').Append(SegmentLine.State(segment.After)).Append(": ");
        Break(lines, sentence);
    }

    private void Break(StringBuilder lines, string sentence)
    {
        if (style.IsNarrow)
            lines.Append('\n').Append(Indent);
        lines.Append(sentence);
    }
}
