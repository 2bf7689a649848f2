using System.Globalization;
using UserTcp.Capture.Explaining;

namespace UserTcp.Capture.Pictures;

/// <summary>
/// Draws a connection as a ladder, in SVG: our lifeline on the left and the peer's on the right, with the states of
/// both ends, and an arrow for each segment with its reason. One file without scripts, fonts or links, for light and
/// dark pages.
/// </summary>
public sealed class LadderPicture
{
    private const double Band = 8;
    private const double LaneWidth = 4;
    private const int MaxLanes = 3;

    private const string Sheet =
        """
        .line { stroke-width: 1.6; }
        .line.ack { stroke-width: 1.2; }
        .back { stroke-width: 1.5; stroke-dasharray: 1.5 2.5; }
        .cross { stroke-width: 2.2; }
        .mark { stroke-width: 1.5; }
        .gap { stroke-width: 1; stroke-dasharray: 5 4; }

        """;

    private readonly LadderPictureOptions _options;
    private readonly LadderLayout _layout;
    private readonly IReadOnlyList<ExplainedEvent> _events;
    private readonly SvgWriter _svg = new();

    private LadderPicture(IReadOnlyList<ExplainedEvent> events, LadderPictureOptions options)
    {
        _options = options;
        _events = events;
        _layout = new LadderLayout(options.Width);
    }

    /// <summary>Draws a connection.</summary>
    /// <param name="events">Its events, in their order.</param>
    /// <param name="options">How it looks; null for the defaults.</param>
    /// <returns>The SVG document, with "\n" at the end of each line.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The width or the number of rows.</exception>
    public static string Draw(IReadOnlyList<ExplainedEvent> events, LadderPictureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(events);
        options ??= new LadderPictureOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Width, LadderPictureOptions.MinWidth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Width, LadderPictureOptions.MaxWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxRows);
        return new LadderPicture(events, options).Draw();
    }

    private string Draw()
    {
        var maker = new LadderRows(_events, _options);
        var rows = maker.Build();
        var heading = new LadderHeading(_events, rows, _layout, _options);
        var room = _layout.IsNarrow ? _layout.Code.LineHeight + 8 : 8;
        var placed = _layout.Place(rows, heading.Height + room);
        var bottom = (placed.Count > 0 ? placed[^1].Bottom : heading.Height) + 6;
        var height = bottom + (maker.Omitted > 0 ? 24 : 0) + 10;
        _svg.Begin(
            _options.Width, height, heading.Title, heading.Describe(maker.Omitted),
            Palette.Style(Sheet, _layout.Small.Size) + Sizes());
        heading.Draw(_svg);
        new Lifelines(_layout, placed, heading.Height, bottom).Draw(_svg, maker.FirstState);
        DrawRetransmissions(placed);
        foreach (var row in placed)
            Draw(row);
        if (maker.Omitted > 0)
        {
            var more = string.Create(CultureInfo.InvariantCulture, $"… {maker.Omitted} more");
            _svg.Words((_layout.Left + _layout.Right) / 2, bottom + 16, more, "middle f-soft");
        }

        return _svg.End();
    }

    private string Sizes() =>
        $".label {{ font-size: {SvgWriter.Number(_layout.Label.Size)}px; }}\n"
        + $".code {{ font-size: {SvgWriter.Number(_layout.Code.Size)}px; }}\n";

    private void Draw(PlacedRow placed)
    {
        var row = placed.Row;
        _svg.BeginGroup("row", Tooltip(row));
        if (row.IsSegment)
            DrawSegment(placed);
        else if (row.Kind == RowKind.Mark)
            DrawMark(placed);
        else
            DrawBreak(placed);
        _svg.EndGroup();
    }

    private string Tooltip(LadderRow row)
    {
        if (row.Event is not { } explained)
            return row.Reason;
        var sources = string.Join("; ", explained.Phrases.Select(phrase => phrase.Reason.Source).Distinct());
        var numbers = string.Join(' ', row.Numbers.Prepend(row.Flags));
        return $"n={explained.Event.Number}  {row.Time}  {numbers}\n{explained.Say(_options.Language)}\n{sources}";
    }

    private void DrawSegment(PlacedRow placed)
    {
        var row = placed.Row;
        var isOurs = row.Kind == RowKind.Sent;
        var colour = ColourOf(row.CssClass);
        DrawArrow(placed, isOurs, colour);
        var (x, anchor) = isOurs ? (_layout.Left + 12, "") : (_layout.Right - 12, " end");
        var y = placed.Top + _layout.Label.Size;
        for (var i = 0; i < placed.Numbers.Count; i++, y += _layout.Label.LineHeight)
        {
            var cssClass = $"mono label{anchor} f-{colour}";
            if (i == 0)
                _svg.Words(x, y, row.Flags, placed.Numbers[i], cssClass);
            else
                _svg.Words(x, y, placed.Numbers[i].TrimStart(), cssClass);
        }

        DrawReasons(placed, x, anchor, ReasonColour(row));
        if (!_layout.IsNarrow)
            DrawTime(placed);
        else if (placed is { RepeatsTime: false, IsCrossing: false } && isOurs)
            _svg.Words(_layout.Right - 12, placed.Top + _layout.Label.Size, row.Time, "mono code end f-soft");
        else if (placed is { RepeatsTime: false, IsCrossing: false })
            _svg.Words(_layout.Left + 12, placed.Top + _layout.Label.Size, row.Time, "mono code f-soft");
    }

    private void DrawTime(PlacedRow placed)
    {
        if (!placed.RepeatsTime)
            _svg.Words(66, placed.Ours + 4, placed.Row.Time, "mono code end f-soft");
    }

    private void DrawReasons(PlacedRow placed, double x, string anchor, string colour)
    {
        var y = placed.Below;
        foreach (var line in placed.Reasons)
        {
            _svg.Words(x, y + _layout.Small.Size, line, $"{colour}{anchor}");
            y += _layout.Small.LineHeight;
        }

        foreach (var line in placed.Changes)
        {
            _svg.Words(x, y + _layout.Code.Size, line, $"mono code{anchor} f-soft");
            y += _layout.Code.LineHeight;
        }
    }

    private static string ReasonColour(LadderRow row) =>
        row.Event is { Severity: >= Severity.Warning } ? "f-again" : "f-soft";

    private static string ColourOf(string cssClass) => cssClass switch
    {
        "reset" or "loss" or "warning" => "bad",
        "again" => "again",
        "data" => "data",
        "ack" => "soft",
        _ => "ink",
    };

    private void DrawArrow(PlacedRow placed, bool isOurs, string colour)
    {
        var (x1, y1, x2, y2) = isOurs
            ? (_layout.Left + (Band / 2), placed.Ours, _layout.Right - (Band / 2), placed.Peers)
            : (_layout.Right - (Band / 2), placed.Peers, _layout.Left + (Band / 2), placed.Ours);
        if (placed.Row.IsLost)
            (x2, y2) = (x1 + ((x2 - x1) * 0.62), y1 + ((y2 - y1) * 0.62));
        var length = Math.Sqrt(((x2 - x1) * (x2 - x1)) + ((y2 - y1) * (y2 - y1)));
        var (dx, dy) = ((x2 - x1) / length, (y2 - y1) / length);
        var thin = placed.Row.CssClass == "ack" ? " ack" : "";
        if (placed.Row.IsLost)
        {
            _svg.Line(x1, y1, x2, y2, $"line{thin} s-{colour}");
            DrawCross(x2, y2, 5);
            return;
        }

        _svg.Line(x1, y1, x2 - (dx * 6), y2 - (dy * 6), $"line{thin} s-{colour}");
        var (backX, backY) = (x2 - (dx * 9), y2 - (dy * 9));
        var (sideX, sideY) = (dy * 3.6, dx * 3.6);
        var head = Points((x2, y2), (backX - sideX, backY + sideY), (backX + sideX, backY - sideY));
        _svg.Path($"M{head}Z", $"f-{colour}");
    }

    private void DrawCross(double x, double y, double size)
    {
        _svg.Line(x - size, y - size, x + size, y + size, "cross s-bad");
        _svg.Line(x - size, y + size, x + size, y - size, "cross s-bad");
    }

    private void DrawMark(PlacedRow placed)
    {
        var (x, y) = (_layout.Left + 15, placed.Ours);
        var colour = ColourOf(placed.Row.CssClass);
        switch (placed.Row.CssClass)
        {
            case "call":
                _svg.Path($"M{Points((x - 4, y - 4), (x + 4, y), (x - 4, y + 4))}Z", "f-ink");
                break;
            case "timer":
                _svg.Circle(x, y, 4.5, "mark f-panel s-ink");
                _svg.Path($"M{Points((x, y - 2.5), (x, y), (x + 2, y + 1))}", "s-ink");
                break;
            case "loss":
                DrawCross(x, y, 3.5);
                break;
            case "link":
                _svg.Path($"M{Points((x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5))}Z", "mark s-again");
                break;
            default:
                _svg.Rectangle(x - 3.5, y - 3.5, 7, 7, $"f-{colour}");
                break;
        }

        var words = placed.Row.CssClass == "loss" ? "f-again" : "f-ink";
        DrawReasons(placed, _layout.Left + 26, "", words);
        if (!_layout.IsNarrow)
            DrawTime(placed);
    }

    private void DrawBreak(PlacedRow placed)
    {
        var middle = (_layout.Left + _layout.Right) / 2;
        var width = placed.Reasons.Max(_layout.Small.WidthOf) + 16;
        _svg.Line(_layout.Left + Band, placed.Ours, middle - (width / 2), placed.Ours, "gap s-faint");
        _svg.Line(middle + (width / 2), placed.Ours, _layout.Right - Band, placed.Ours, "gap s-faint");
        DrawReasons(placed, middle, " middle", placed.Row.CssClass == "gap" ? "f-soft" : "f-again");
    }

    private static string Points(params (double X, double Y)[] points) =>
        string.Join('L', points.Select(p => $"{SvgWriter.Number(p.X)} {SvgWriter.Number(p.Y)}"));

    /// <summary>Dotted lines left of our lifeline, from each retransmission back to what it retransmits.</summary>
    private void DrawRetransmissions(IReadOnlyList<PlacedRow> placed)
    {
        var byNumber = new Dictionary<long, PlacedRow>();
        foreach (var segment in placed.Where(p => p.Row is { IsSegment: true, Event: not null }))
            byNumber.TryAdd(segment.Row.Event!.Event.Number, segment);
        var free = new double[MaxLanes];
        foreach (var retransmission in placed)
        {
            if (retransmission.Row.Retransmits is not { } number || !byNumber.TryGetValue(number, out var original))
                continue;
            var lane = Array.FindIndex(free, bottom => bottom <= original.Ours);
            lane = lane < 0 ? Array.IndexOf(free, free.Min()) : lane;
            free[lane] = retransmission.Ours + 4;
            var (x, lineX) = (_layout.Left - (Band / 2) - 1, _layout.Left - 13 - (lane * LaneWidth));
            var (from, to) = (retransmission.Ours, original.Ours);
            _svg.Path($"M{Points((x, from), (lineX, from), (lineX, to), (x, to))}", "back s-again");
            _svg.Path($"M{Points((x, to), (x - 6, to - 3), (x - 6, to + 3))}Z", "f-again");
        }
    }
}
