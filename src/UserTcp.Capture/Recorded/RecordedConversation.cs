using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Recorded;

/// <summary>A connection of a stack, with the events that the stack has written into its capture.</summary>
public sealed class RecordedConversation
{
    private readonly List<ExplainedEvent> _events = [];

    internal RecordedConversation(int number, in FourTuple tuple) => (Number, Tuple) = (number, tuple);

    /// <summary>The conversation's number in the capture, from 1.</summary>
    public int Number { get; }

    /// <summary>The addresses. The local side is the stack's.</summary>
    public FourTuple Tuple { get; }

    /// <summary>The events, in the order of their numbers.</summary>
    public IReadOnlyList<ExplainedEvent> Events => _events;

    /// <summary>The number of segments sent and received.</summary>
    public int SegmentCount { get; private set; }

    /// <summary>The time of the first packet since 1970 (UTC); null without a packet.</summary>
    public TimeSpan? Start { get; private set; }

    /// <summary>The last state of our end.</summary>
    public TcpState State { get; private set; }

    /// <summary>ISS; null while no event has it.</summary>
    internal SeqNum? Iss { get; private set; }

    /// <summary>The stack has opened the connection itself.</summary>
    public bool IsOpenedByUs { get; private set; }

    /// <summary>What a person wants to know first, and then the figures.</summary>
    public IReadOnlyList<Phrase> Summarize() => RecordedSummary.Write(this);

    internal void Add(ExplainedEvent explained, long? nanoseconds)
    {
        var traceEvent = explained.Event;
        _events.Add(explained);
        Iss ??= traceEvent.Iss;
        State = traceEvent.Kind == TraceEventKind.Segment
            ? traceEvent.Segment.After
            : traceEvent.Vitals?.State ?? State;
        if (Start is null && nanoseconds is { } time)
            Start = TimeSpan.FromTicks(time / TimeSpan.NanosecondsPerTick);
        if (traceEvent.Kind == TraceEventKind.Connection)
            IsOpenedByUs |= traceEvent.Connection.Kind == ConnectionChangeKind.ActiveOpen;
        if (traceEvent.Kind != TraceEventKind.Segment)
            return;
        SegmentCount++;
        IsOpenedByUs |= SegmentCount == 1 && traceEvent.Segment is { Sent: true, Header.Flags: TcpFlags.Syn };
    }
}
