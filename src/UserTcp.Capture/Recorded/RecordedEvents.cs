using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Recorded;

/// <summary>
/// Collects the events that a stack has written into its own capture. A file is input like any other: what cannot be
/// right is a <see cref="Problem"/>, and then nobody should use the events.
/// </summary>
/// <param name="maxEvents">Max events kept; each takes about 1,500 bytes.</param>
public sealed class RecordedEvents(int maxEvents = 500_000)
{
    private readonly List<(ExplainedEvent Event, long? Nanoseconds)> _events = [];
    private readonly List<RecordedConversation> _conversations = [];

    /// <summary>Why the events do not count; null when nothing is wrong with them.</summary>
    public string? Problem { get; private set; }

    /// <summary>The number of events.</summary>
    public int Count => _events.Count;

    /// <summary>Events that are not in the file: the numbers of the others show them.</summary>
    public long Missing { get; private set; }

    /// <summary>Events that were not kept because of the limit.</summary>
    public long Omitted { get; private set; }

    /// <summary>The connections, in the order of their first events, after <see cref="Complete"/>.</summary>
    public IReadOnlyList<RecordedConversation> Conversations => _conversations;

    /// <summary>Adds the events of the next packet of the capture.</summary>
    public void Add(in CapturedPacket packet)
    {
        var isFirst = true;
        foreach (var option in packet.CustomOptions)
        {
            if (Parse(option) is not { } explained)
                continue;
            // Others may have the same sentence: those of segments that no packet carries.
            var isOwn = isFirst && explained.Event.Kind == TraceEventKind.Segment
                && packet.Comments.Contains(explained.Say());
            if (isOwn && !IsOf(packet, explained.Event.Segment))
                Fail($"the event in packet {packet.Frame} is not of its segment");
            isFirst = false;
            Add(explained, isOwn ? packet.Nanoseconds : null);
        }
    }

    /// <summary>Adds the events of a block that is no packet (<see cref="CaptureReader.StatisticsOptions"/>).</summary>
    public void Add(IReadOnlyList<CustomOption> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var option in options)
        {
            if (Parse(option) is { } explained)
                Add(explained, nanoseconds: null);
        }
    }

    /// <summary>
    /// Everything is added: sorts the events into connections. What is wrong with their numbers is known then. Call it
    /// once.
    /// </summary>
    public void Complete()
    {
        var current = new Dictionary<FourTuple, RecordedConversation>();
        var ordered = _events.OrderBy(one => one.Event.Event.Number).ToList();
        EventJsonReader.JudgeLost([.. ordered.Select(one => one.Event)]);
        var last = 0L;
        foreach (var (explained, nanoseconds) in ordered)
        {
            var traceEvent = explained.Event;
            if (traceEvent.Number == last)
                Fail($"two events have the number {last}: these are captures of several stacks");
            if (Omitted == 0)
                Missing += Math.Max(traceEvent.Number - last - 1, 0);
            last = traceEvent.Number;
            if (traceEvent.Kind == TraceEventKind.Gap)
                continue;
            if (!current.TryGetValue(traceEvent.Tuple, out var conversation) || IsAnother(conversation, traceEvent))
            {
                conversation = new RecordedConversation(_conversations.Count + 1, traceEvent.Tuple);
                current[traceEvent.Tuple] = conversation;
                _conversations.Add(conversation);
            }

            conversation.Add(explained, nanoseconds);
        }
    }

    private static bool IsOf(in CapturedPacket packet, in SegmentObservation segment) =>
        SegmentParser.Parse(packet, out var captured, out var tuple, verifies: false) == PacketKind.Tcp
        && captured.IsOf(tuple, segment);

    private ExplainedEvent? Parse(CustomOption option)
    {
        if (!EventOption.TryRead(option, out var json))
            return null;
        var explained = EventParser.TryParse(json);
        if (explained is null || explained.Event.Number <= 0)
            Fail($"event {_events.Count + 1} cannot be read");
        return explained;
    }

    private void Add(ExplainedEvent explained, long? nanoseconds)
    {
        if (_events.Count < maxEvents)
            _events.Add((explained, nanoseconds));
        else
            Omitted++;
    }

    /// <summary>Another connection with the same addresses and ports has another ISS.</summary>
    private static bool IsAnother(RecordedConversation conversation, in TraceEvent traceEvent) =>
        traceEvent.Iss is { } iss && conversation.Iss is { } known && iss != known;

    private void Fail(FormattableString problem) => Problem ??= problem.ToString(CultureInfo.InvariantCulture);
}
