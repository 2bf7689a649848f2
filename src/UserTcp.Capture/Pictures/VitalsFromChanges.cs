using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Pictures;

/// <summary>
/// Makes the vitals of events that have only their changes: those variables that time-sequence pictures show.
/// </summary>
internal static class VitalsFromChanges
{
    /// <summary>The events with vitals. What never changes stays unknown, and is 0.</summary>
    public static IReadOnlyList<ExplainedEvent> Add(List<ExplainedEvent> events)
    {
        var vitals = new Dictionary<FourTuple, ConnectionVitals>();
        // What a variable was before its first change it was from the begin.
        foreach (var explained in Enumerable.Reverse(events))
        {
            var known = vitals.GetValueOrDefault(explained.Event.Tuple, Nothing);
            foreach (var change in explained.Changes)
                known = With(known, change.Name, change.Before ?? "");
            vitals[explained.Event.Tuple] = known;
        }

        var states = new Dictionary<FourTuple, TcpState>();
        for (var i = 0; i < events.Count; i++)
        {
            var traceEvent = events[i].Event;
            var known = vitals[traceEvent.Tuple];
            foreach (var change in events[i].Changes)
                known = With(known, change.Name, change.After);
            // A segment of TIME-WAIT has no vitals any more.
            var before = states.GetValueOrDefault(traceEvent.Tuple, traceEvent.Vitals?.State ?? TcpState.Closed);
            known = known with { State = traceEvent.Vitals?.State ?? before };
            (vitals[traceEvent.Tuple], states[traceEvent.Tuple]) = (known, known.State);
            if (traceEvent.Kind != TraceEventKind.Gap)
                events[i] = events[i].With(known, before);
        }

        return events;
    }

    private static ConnectionVitals Nothing => new() { Ssthresh = long.MaxValue };

    private static ExplainedEvent With(
        this ExplainedEvent explained, in ConnectionVitals vitals, TcpState before)
    {
        var segment = explained.Event.Segment with { Before = before, After = vitals.State };
        var copy = explained with { Event = explained.Event with { Vitals = vitals, Segment = segment } };
        copy.IsLost = explained.IsLost;
        return copy;
    }

    private static ConnectionVitals With(in ConnectionVitals vitals, string name, string value) => name switch
    {
        "SND.WND" => vitals with { SndWnd = (uint)Number(value) },
        "RCV.WND" => vitals with { RcvWnd = (uint)Number(value) },
        "cwnd" => vitals with { Cwnd = Number(value) },
        "ssthresh" => vitals with { Ssthresh = value == "none" ? long.MaxValue : Number(value) },
        "pipe" => vitals with { Pipe = (int)Number(value) },
        "SRTT" => vitals with { Srtt = Span(value) },
        "RTO" => vitals with { Rto = Span(value) },
        "recovery" when Enum.TryParse<RecoveryState>(value, out var recovery) => vitals with { Recovery = recovery },
        "limit" when Enum.TryParse<SendLimit>(value, out var limit) => vitals with { Limit = limit },
        _ => vitals,
    };

    private static long Number(string value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Reads what <see cref="Numbers.Span"/> writes.</summary>
    private static TimeSpan Span(string value)
    {
        var parts = value.Split(' ');
        if (parts.Length != 2 || !double.TryParse(parts[0], CultureInfo.InvariantCulture, out var number)
            || Math.Abs(number) > 1e9)
        {
            return TimeSpan.Zero;
        }

        return parts[1] switch
        {
            "s" => TimeSpan.FromSeconds(number),
            "ms" => TimeSpan.FromMilliseconds(number),
            _ => TimeSpan.FromMicroseconds(number),
        };
    }
}
