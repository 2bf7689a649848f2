using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Pictures;

/// <summary>The top of a ladder: who the ends are, and their initial sequence numbers.</summary>
internal sealed class LadderHeading
{
    private readonly LadderLayout _layout;
    private readonly IReadOnlyList<ExplainedEvent> _events;
    private readonly IReadOnlyList<LadderRow> _rows;
    private readonly FourTuple? _tuple;
    private readonly string? _title;
    private readonly bool _isKorean;

    public LadderHeading(
        IReadOnlyList<ExplainedEvent> events, IReadOnlyList<LadderRow> rows, LadderLayout layout,
        LadderPictureOptions options)
    {
        (_events, _rows, _layout, _title) = (events, rows, layout, options.Title);
        _isKorean = options.Language == Language.Korean;
        _tuple = events.FirstOrDefault(e => e.Event.Kind != TraceEventKind.Gap)?.Event.Tuple;
        Height = 20 + (_title is null ? 0 : 22) + (3 * LineHeight);
    }

    /// <summary>The y below it, where the lifelines begin.</summary>
    public double Height { get; }

    /// <summary>The title of the document.</summary>
    public string Title => _title ?? (_tuple is { } tuple
        ? $"TCP connection {Us(tuple)} to {Peer(tuple)}"
        : "TCP connection without events");

    private double LineHeight => _layout.Small.LineHeight + 1;

    /// <summary>The picture in two or three sentences.</summary>
    public string Describe(int omitted)
    {
        var segments = _rows.Where(row => row.IsSegment).ToArray();
        if (_tuple is not { } tuple || segments.Length == 0)
            return "There are no segments.";
        var span = _events[^1].Event.Time - _events[0].Event.Time;
        var again = segments.Count(row => row.Retransmits is not null);
        var lost = segments.Count(row => row.IsLost);
        var states = _rows.Select(row => row.State).OfType<TcpState>().Select(SegmentLine.State)
            .Aggregate(new List<string>(), AddNew);
        var more = omitted > 0
            ? string.Create(CultureInfo.InvariantCulture, $" {omitted} more rows are left out.")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Ladder of {segments.Length} segments in {Numbers.Span(span)} between us, {Us(tuple)}, and the peer, "
            + $"{Peer(tuple)}: {again} retransmissions, {lost} lost. Our states: {string.Join(", ", states)}.{more}");
    }

    /// <summary>Draws it.</summary>
    public void Draw(SvgWriter svg)
    {
        var y = 22.0;
        if (_title is not null)
        {
            svg.Words(_layout.IsNarrow ? 12 : _layout.Left, y, _title, "bold f-ink");
            y += 22;
        }

        var left = _layout.IsNarrow ? 12 : _layout.Left - (Band / 2);
        var right = _layout.IsNarrow ? _layout.Width - 10 : _layout.Right + (Band / 2);
        svg.Words(left, y, _isKorean ? "이쪽" : "us", "bold f-ink");
        svg.Words(right, y, _isKorean ? "상대" : "peer", "bold end f-ink");
        if (_tuple is not { } tuple)
            return;
        var room = ((right - left) / 2) - 8;
        y += LineHeight;
        svg.Words(left, y, _layout.Code.Cut(Us(tuple), room), "mono code f-ink");
        svg.Words(right, y, _layout.Code.Cut(Peer(tuple), room), "mono code end f-ink");
        y += LineHeight;
        svg.Words(left, y, $"ISS {Absolute(_events.Select(e => e.Iss))}", "mono code f-soft");
        svg.Words(right, y, $"ISS {Absolute(_events.Select(e => e.Irs))}", "mono code end f-soft");
    }

    private const double Band = 8;

    internal static string Us(in FourTuple tuple) => tuple.FormatLocal();

    internal static string Peer(in FourTuple tuple) => tuple.FormatRemote();

    private static string Absolute(IEnumerable<SeqNum?> numbers) =>
        numbers.LastOrDefault(number => number is not null)?.Value.ToString(CultureInfo.InvariantCulture) ?? "unknown";

    private static List<string> AddNew(List<string> list, string state)
    {
        if (list.Count == 0 || list[^1] != state)
            list.Add(state);
        return list;
    }
}
