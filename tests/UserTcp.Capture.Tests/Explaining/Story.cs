using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>The events of an engine that a script has driven, explained.</summary>
internal sealed class Story
{
    private readonly EventExplainer _explainer = new();

    public Story(TestHost host) => Events = [.. host.Trace.Select(one => _explainer.Explain(one))];

    public Story(Script script)
        : this(script.Host)
    {
    }

    public IReadOnlyList<ExplainedEvent> Events { get; }

    /// <summary>The segments, as "&lt;- ACK: sentence" and "-&gt; ACK: sentence".</summary>
    public IReadOnlyList<string> Segments =>
    [
        .. Events.Where(one => one.Event.Kind == TraceEventKind.Segment).Select(Format),
    ];

    /// <summary>The last segment.</summary>
    public string Last => Segments[^1];

    /// <summary>The last event of a kind.</summary>
    public ExplainedEvent LastOf(TraceEventKind kind) => Events.Last(one => one.Event.Kind == kind);

    /// <summary>The event with that number.</summary>
    public ExplainedEvent this[long? number] => Events.Single(one => one.Event.Number == number);

    private static string Format(ExplainedEvent one) =>
        $"{(one.Event.Segment.Sent ? "->" : "<-")} {SegmentLine.Flags(one.Event.Segment.Header.Flags)}: {one.Say()}";
}
