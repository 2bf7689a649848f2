using System.Globalization;
using System.Text;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Pictures;

/// <summary>
/// Draws the data of one direction over time, in tcptrace's convention, as SVG: segments as bars with arrow ends, R for
/// retransmissions, lines for the ACKs and the window's edge, ticks for duplicate ACKs, SACK blocks, and a cross for
/// what the link lost. Below, on the same time axis: what limits the sender, the phase of recovery, cwnd, ssthresh and
/// pipe, the RTT and RTO, and the window.
/// </summary>
public sealed class TimeSequencePicture
{
    private const string Sheet =
        """
        .grid { stroke-width: 1; }
        .bar { stroke-width: 1.2; }
        .step { stroke-width: 1.5; }
        .thin { stroke-width: 1.2; }
        .dash { stroke-dasharray: 6 3; }
        .dots { stroke-dasharray: 2 2.5; }
        .sack { stroke-width: 3; opacity: 0.75; }
        .cross { stroke-width: 2; }
        .letter { font-size: 10px; }

        """;

    private static readonly (string Name, string Colour)[] StretchColours =
    [
        ("application", "closed"), ("peer's window", "window"), ("cwnd", "closing"), ("Nagle, SWS", "peerclosed"),
        ("pacer", "sack"), ("MTU probe", "ack"), ("window reduced", "window"), ("fast recovery", "again"),
        ("timeout", "bad"), ("retransmit all", "sack"),
    ];

    private readonly SvgWriter _svg = new();
    private readonly TimeSequenceOptions _options;
    private readonly TimeSequenceData _data;
    private readonly IReadOnlyList<ExplainedEvent> _events;
    private readonly Lettering _font;
    private readonly bool _isNarrow;
    private readonly Axis _time;
    private readonly bool _isEdgeAbove;
    private readonly double _max;
    private double _y;

    private TimeSequencePicture(IReadOnlyList<ExplainedEvent> events, TimeSequenceOptions options)
    {
        (_events, _options) = (events, options);
        _data = new TimeSequenceData(events.Take(options.MaxEvents), options.Direction);
        _isNarrow = options.Width < 700;
        // A window far above the data would press the data flat: its edge then leaves the picture.
        var (highest, edges) = (Highest(), _data.Edges.Select(edge => edge.Value).DefaultIfEmpty());
        _max = Math.Max(Math.Min(edges.Max(), highest * 1.35), highest * 1.06);
        _isEdgeAbove = edges.Min() > _max;
        _font = Lettering.Sans(_isNarrow ? 11 : 12);
        _time = new Axis(0, Math.Max(_data.End, 1e-6), _isNarrow ? 62 : 76, options.Width - 22);
    }

    /// <summary>Draws a connection.</summary>
    /// <param name="events">Its events, in their order.</param>
    /// <param name="options">How it looks; null for the defaults.</param>
    /// <returns>The SVG document, with "\n" at the end of each line.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The width or the number of events.</exception>
    public static string Draw(IReadOnlyList<ExplainedEvent> events, TimeSequenceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(events);
        options ??= new TimeSequenceOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Width, TimeSequenceOptions.MinWidth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Width, TimeSequenceOptions.MaxWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxEvents);
        return new TimeSequencePicture(events, options).Draw();
    }

    private string Draw()
    {
        var body = DrawBody();
        var document = new SvgWriter();
        document.Begin(_options.Width, _y + 10, Title, Describe(), Palette.Style(Sheet, _font.Size));
        return document.End(body);
    }

    /// <summary>The height is known only at the end.</summary>
    private string DrawBody()
    {
        _svg.Words(12, 22, _font.Cut(Title, _options.Width - 24), "bold f-ink");
        _y = 30;
        var ticks = _time.Ticks(_isNarrow ? 70 : 110);
        DrawLegend(MainLegend());
        DrawMain(ticks);
        if (_options.Direction == DataDirection.Out)
        {
            DrawStretches(_isNarrow ? "limit" : "limited by", _data.Limits);
            DrawStretches("recovery", _data.Recoveries);
            DrawPanel(
                "cwnd", ticks, Axis.Bytes, ("cwnd", _data.Cwnd, "step s-closing"),
                ("ssthresh", _data.Ssthresh, "step dash s-again"), ("pipe", _data.Pipe, "thin s-ack"));
            DrawPanel(
                "rtt", ticks, Axis.Seconds, ("RTO", _data.Rto, "step dash s-again"),
                ("SRTT", _data.Srtt, "step s-closing"), ("min RTT", _data.MinRtt, "thin dots s-ack"));
        }

        var name = _options.Direction == DataDirection.Out ? "peer's window (SND.WND)" : "our window (RCV.WND)";
        DrawPanel("window", ticks, Axis.Bytes, (name, _data.Window, "step s-window"));
        DrawTimeAxis(ticks);
        return _svg.Content;
    }

    private string Title
    {
        get
        {
            var first = _events.FirstOrDefault(explained => explained.Event.Kind != TraceEventKind.Gap);
            if (_options.Title is not null || first is null)
                return _options.Title ?? "A connection without events";
            var (us, peer) = (LadderHeading.Us(first.Event.Tuple), LadderHeading.Peer(first.Event.Tuple));
            return _options.Direction == DataDirection.Out
                ? $"Data from us, {us}, to {peer}"
                : $"Data from {peer} to us, {us}";
        }
    }

    private string Describe()
    {
        var left = _events.Count - _data.Count;
        var more = left > 0 ? string.Create(CultureInfo.InvariantCulture, $" {left} later events are left out.") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Time-sequence graph of {_data.Data.Count} segments and {_data.Retransmissions.Count} retransmissions in "
            + $"{Axis.Seconds(_data.End)}: {_data.Lost.Count} lost, {_data.DuplicateAcks.Count} duplicate ACKs, up to "
            + $"sequence number {Highest():0}.{more}");
    }

    private double Highest() => _data.Data.Concat(_data.Retransmissions).Select(bar => bar.To)
        .Concat(_data.Acks.Select(ack => ack.Value)).DefaultIfEmpty(1).Max();

    private void DrawMain(IReadOnlyList<double> ticks)
    {
        var height = _isNarrow ? 260 : 380;
        var area = new PlotArea(_svg, _time, new Axis(0, _max, _y + height, _y), "sequence");
        area.DrawFrame(ticks, 48, Axis.Bytes);
        area.Begin();
        area.DrawSteps(_data.Edges, "step s-window");
        area.DrawBars(_data.Sacks, "sack s-sack", arrows: false);
        area.DrawSteps(_data.Acks, "step s-ack");
        area.DrawTicks(_data.DuplicateAcks, "thin s-ack");
        area.DrawBars(_data.Data, "bar s-data");
        area.DrawBars(_data.Retransmissions, "bar s-bad");
        area.DrawCrosses(_data.Lost, "cross s-bad");
        area.DrawLetters(_data.Retransmissions, "R", "letter bold middle f-bad");
        area.End();
        _y += height + 8;
    }

    private IEnumerable<(string Name, Action<double, double> Draw)> MainLegend()
    {
        yield return ("data", (x, y) => _svg.Line(x + 8, y - 5, x + 8, y + 5, "bar s-data"));
        yield return ("ACK", (x, y) => _svg.Line(x, y, x + 16, y, "step s-ack"));
        var edge = _isEdgeAbove ? "window's edge (above)" : "window's edge";
        yield return (edge, (x, y) => _svg.Line(x, y, x + 16, y, "step s-window"));
        if (_data.Retransmissions.Count > 0)
            yield return ("retransmission", (x, y) => _svg.Words(x + 8, y + 4, "R", "bold middle f-bad"));
        if (_data.Lost.Count > 0)
            yield return ("lost", (x, y) => DrawCross(x + 8, y));
        if (_data.Sacks.Count > 0)
            yield return ("SACK", (x, y) => _svg.Line(x + 8, y - 5, x + 8, y + 5, "sack s-sack"));
        if (_data.DuplicateAcks.Count > 0)
            yield return ("duplicate ACK", (x, y) => _svg.Path(DuplicateSign(x, y), "thin s-ack"));
    }

    private static string DuplicateSign(double x, double y) =>
        $"M{SvgWriter.Number(x)} {SvgWriter.Number(y)}h16m-8 -1v6";

    private void DrawCross(double x, double y)
    {
        var path = new StringBuilder();
        PlotArea.AppendCross(path, x, y);
        _svg.Path(path.ToString(), "cross s-bad");
    }

    /// <summary>Names beside their signs, in as many lines as they need.</summary>
    private void DrawLegend(IEnumerable<(string Name, Action<double, double> Draw)> entries, bool hasRoom = true)
    {
        var x = _time.From;
        foreach (var (name, draw) in entries)
        {
            var width = 22 + _font.WidthOf(name) + 14;
            if (x + width > _options.Width - 8 && x > _time.From)
                (x, _y) = (_time.From, _y + _font.LineHeight + 2);
            draw(x, _y + 8);
            _svg.Words(x + 22, _y + 12, name, "f-soft");
            x += width;
        }

        _y += _font.LineHeight + (hasRoom ? 6 : 2);
    }

    /// <summary>A strip of colours, with a legend of those that are in it.</summary>
    private void DrawStretches(string name, List<Stretch> stretches)
    {
        if (stretches.Count == 0)
            return;
        var used = StretchColours.Where(entry => stretches.Any(stretch => stretch.Name == entry.Name));
        _svg.Words(_time.From - 6, _y + 10, name, "end f-soft");
        _svg.Rectangle(_time.From, _y, _time.To - _time.From, 12, "f-panel");
        foreach (var (stretchName, colour) in used)
        {
            var path = new StringBuilder();
            foreach (var stretch in stretches.Where(stretch => stretch.Name == stretchName))
            {
                var width = Math.Max(_time[stretch.To] - _time[stretch.From], 0.6);
                path.Append(CultureInfo.InvariantCulture, $"M{SvgWriter.Number(_time[stretch.From])} ");
                path.Append(
                    CultureInfo.InvariantCulture,
                    $"{SvgWriter.Number(_y)}h{SvgWriter.Number(width)}v12h-{SvgWriter.Number(width)}z");
            }

            _svg.Path(path.ToString(), $"f-{colour}");
        }

        _y += 14;
        DrawLegend(used.Select(entry => (entry.Name, Box(entry.Colour))));
    }

    private Action<double, double> Box(string colour) =>
        (x, y) => _svg.Rectangle(x + 3, y - 5, 10, 10, $"f-{colour}");

    private void DrawPanel(
        string id, IReadOnlyList<double> ticks, Func<double, string> print,
        params (string Name, List<Point> Points, string CssClass)[] series)
    {
        // Zero throughout: the capture does not show it.
        var used = series.Where(one => one.Points.Exists(point => point.Value > 0)).ToArray();
        if (used.Length == 0)
            return;
        DrawLegend(
            used.Select(one => (
                one.Name, new Action<double, double>((x, y) => _svg.Line(x, y, x + 16, y, one.CssClass)))),
            hasRoom: false);
        var height = _isNarrow ? 70 : 90;
        var max = used.SelectMany(one => one.Points).Max(point => point.Value);
        var area = new PlotArea(_svg, _time, new Axis(0, Math.Max(max * 1.1, 1e-9), _y + height, _y), id);
        area.DrawFrame(ticks, 22, print);
        area.Begin();
        foreach (var (_, points, cssClass) in used)
            area.DrawSteps(points, cssClass);
        area.End();
        _y += height + 8;
    }

    private void DrawTimeAxis(IReadOnlyList<double> ticks)
    {
        _y += 10;
        foreach (var tick in ticks)
            _svg.Words(Math.Min(_time[tick], _options.Width - 24), _y, Axis.Seconds(tick), "middle f-soft");
        _y += _font.LineHeight;
        var left = _events.Count - _data.Count;
        var more = left > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({left} later events are left out)") : "";
        _svg.Words((_time.From + _time.To) / 2, _y, $"time{more}", "middle f-soft");
    }
}
