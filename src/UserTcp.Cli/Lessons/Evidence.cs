using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons;

/// <summary>Finds in recorded events what claims are about.</summary>
internal static class Evidence
{
    /// <summary>True for the events that a ladder shows.</summary>
    public static bool IsOnLadder(this ExplainedEvent explained) =>
        EventLine.IsShown(explained, LineStyle.Plain) && explained.Event.Kind != TraceEventKind.Connection;

    /// <summary>The segments that have all of these flags, sent and received.</summary>
    public static ExplainedEvent[] Segments(this IEnumerable<ExplainedEvent> events, TcpFlags flags = 0) =>
        [.. events.Where(one => one.Event.Kind == TraceEventKind.Segment && one.Has(flags))];

    /// <summary>The segments that UserTcp sent.</summary>
    public static ExplainedEvent[] Sent(this IEnumerable<ExplainedEvent> events, TcpFlags flags = 0) =>
        [.. events.Segments(flags).Where(one => one.Segment().Sent)];

    /// <summary>The segments that arrived at UserTcp.</summary>
    public static ExplainedEvent[] Received(this IEnumerable<ExplainedEvent> events, TcpFlags flags = 0) =>
        [.. events.Segments(flags).Where(one => !one.Segment().Sent)];

    /// <summary>The segments with data.</summary>
    public static ExplainedEvent[] WithData(this IEnumerable<ExplainedEvent> segments) =>
        [.. segments.Where(one => one.Segment().PayloadLength > 0)];

    /// <summary>What the link did, of a kind.</summary>
    public static ExplainedEvent[] Verdicts(this IEnumerable<ExplainedEvent> events, LinkVerdictKind kind) =>
        [.. events.Where(one => one.Event.Kind == TraceEventKind.Link && one.Event.Link.Kind == kind)];

    public static SegmentObservation Segment(this ExplainedEvent explained) => explained.Event.Segment;

    public static TcpHeader Header(this ExplainedEvent explained) => explained.Event.Segment.Header;

    public static bool Has(this ExplainedEvent explained, TcpFlags flags) =>
        (explained.Header().Flags & flags) == flags;

    /// <summary>An ACK without data, SYN, FIN and RST.</summary>
    public static bool IsPureAck(this ExplainedEvent explained) =>
        explained.Segment().PayloadLength == 0
        && (explained.Header().Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst | TcpFlags.Ack)) == TcpFlags.Ack;

    /// <summary>The time from one event to a later one.</summary>
    public static TimeSpan To(this ExplainedEvent first, ExplainedEvent last) => last.Event.Time - first.Event.Time;

    /// <summary>The flags of segments, in their order, with an arrow: "-> SYN,ACK" is one that UserTcp sent.</summary>
    public static string Arrows(this IEnumerable<ExplainedEvent> segments) => string.Join(
        ", ",
        segments.Select(one => $"{(one.Segment().Sent ? "->" : "<-")} {SegmentLine.Flags(one.Header().Flags)}"));

    /// <summary>The states in which UserTcp was, each once, in the order of the events.</summary>
    public static TcpState[] OwnStates(this IEnumerable<ExplainedEvent> events) => WithoutRepeats(
        events.Segments().SelectMany(one => new[] { one.Segment().Before, one.Segment().After }));

    /// <summary>The states in which the kernel was, by its own word, in the order of the events.</summary>
    public static TcpState[] KernelStates(this IEnumerable<ExplainedEvent> events) => WithoutRepeats(
        events.Where(one => one.IsPeerStateRead).Select(one => one.PeerState!.Value));

    public static string Names(this IEnumerable<TcpState> states) =>
        string.Join(", ", states.Select(SegmentLine.State));

    /// <summary>The name of a state; that of an end without a connection is CLOSED.</summary>
    public static string NameOf(TcpState? state) => SegmentLine.State(state ?? TcpState.Closed);

    public static string Milliseconds(this TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F0} ms");

    private static TcpState[] WithoutRepeats(IEnumerable<TcpState> states)
    {
        var path = new List<TcpState>();
        foreach (var state in states)
        {
            if (path.Count == 0 || path[^1] != state)
                path.Add(state);
        }

        return [.. path];
    }
}
