using System.Globalization;
using System.Text;

namespace UserTcp.Capture.Pictures;

/// <summary>A rectangle with a time axis and an axis of values.</summary>
internal sealed class PlotArea(SvgWriter svg, Axis time, Axis values, string id)
{
    private const double ArrowSize = 2.4;

    /// <summary>The time axis.</summary>
    public Axis Time => time;

    /// <summary>The axis of values.</summary>
    public Axis Values => values;

    private double Top => values.To;

    private double Height => values.From - values.To;

    /// <summary>Draws the background, the grid and the values beside it.</summary>
    public void DrawFrame(IReadOnlyList<double> timeTicks, double tickDistance, Func<double, string> print)
    {
        svg.Rectangle(time.From, Top, time.To - time.From, Height, "f-panel");
        foreach (var tick in timeTicks)
            svg.Line(time[tick], Top, time[tick], Top + Height, "grid s-faint");
        foreach (var tick in values.Ticks(tickDistance))
        {
            svg.Line(time.From, values[tick], time.To, values[tick], "grid s-faint");
            svg.Words(time.From - 6, values[tick] + 4, print(tick), "tick end f-soft");
        }
    }

    /// <summary>Begins what is cut at the edges.</summary>
    public void Begin() => svg.BeginClip(id, time.From, Top - 1, time.To - time.From + 1, Height + 2);

    /// <summary>Ends it.</summary>
    public void End() => svg.EndGroup();

    /// <summary>A line of steps up to the end of the time axis.</summary>
    public void DrawSteps(IReadOnlyList<Point> points, string cssClass)
    {
        if (points.Count == 0)
            return;
        var path = new StringBuilder();
        path.Append(CultureInfo.InvariantCulture, $"M{X(points[0].Time)} {Y(points[0].Value)}");
        var (lastX, lastY) = (X(points[0].Time), Y(points[0].Value));
        foreach (var point in points.Skip(1))
        {
            var (x, y) = (X(point.Time), Y(point.Value));
            if (x != lastX && y != lastY)
                path.Append(CultureInfo.InvariantCulture, $"H{x}");
            if (y != lastY)
                path.Append(CultureInfo.InvariantCulture, $"V{y}");
            (lastX, lastY) = y != lastY ? (x, y) : (lastX, lastY);
        }

        path.Append(CultureInfo.InvariantCulture, $"H{X(time.Max)}");
        svg.Path(path.ToString(), cssClass);
    }

    /// <summary>Vertical bars; those that are high enough have arrow ends.</summary>
    public void DrawBars(IEnumerable<Bar> bars, string cssClass, bool arrows = true)
    {
        var path = new StringBuilder();
        var drawn = new HashSet<(string, string, string)>();
        foreach (var bar in bars)
        {
            if (!drawn.Add((X(bar.Time), Y(bar.From), Y(bar.To))))
                continue;
            path.Append(CultureInfo.InvariantCulture, $"M{X(bar.Time)} {Y(bar.From)}V{Y(bar.To)}");
            if (arrows && values[bar.From] - values[bar.To] >= 2.5 * ArrowSize)
            {
                AppendArrow(path, time[bar.Time], values[bar.To], ArrowSize);
                AppendArrow(path, time[bar.Time], values[bar.From], -ArrowSize);
            }
        }

        if (path.Length > 0)
            svg.Path(path.ToString(), cssClass);
    }

    /// <summary>Crosses in the middle of bars.</summary>
    public void DrawCrosses(IEnumerable<Bar> bars, string cssClass)
    {
        var path = new StringBuilder();
        foreach (var bar in bars)
        {
            var (x, y) = (time[bar.Time], values[(bar.From + bar.To) / 2]);
            AppendCross(path, x, y);
        }

        if (path.Length > 0)
            svg.Path(path.ToString(), cssClass);
    }

    /// <summary>Short marks below the points.</summary>
    public void DrawTicks(IEnumerable<Point> points, string cssClass)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in points.Select(point => (X(point.Time), values[point.Value])).Distinct())
            path.Append(CultureInfo.InvariantCulture, $"M{x} {SvgWriter.Number(y - 1)}v6");
        if (path.Length > 0)
            svg.Path(path.ToString(), cssClass);
    }

    /// <summary>An "R" above each bar, as long as there is room for it.</summary>
    public void DrawLetters(IEnumerable<Bar> bars, string letter, string cssClass)
    {
        var last = double.NegativeInfinity;
        foreach (var bar in bars)
        {
            if (Math.Abs(time[bar.Time] - last) < 7)
                continue;
            last = time[bar.Time];
            svg.Words(last, Math.Max(values[bar.To] - 4, Top + 10), letter, cssClass);
        }
    }

    /// <summary>The two strokes of a cross.</summary>
    internal static void AppendCross(StringBuilder path, double x, double y)
    {
        path.Append(CultureInfo.InvariantCulture, $"M{SvgWriter.Number(x - 4)} {SvgWriter.Number(y - 4)}l8 8");
        path.Append(CultureInfo.InvariantCulture, $"m0 -8l-8 8");
    }

    private static void AppendArrow(StringBuilder path, double x, double y, double size)
    {
        path.Append(CultureInfo.InvariantCulture, $"M{SvgWriter.Number(x - ArrowSize)} {SvgWriter.Number(y + size)}");
        path.Append(CultureInfo.InvariantCulture, $"L{SvgWriter.Number(x)} {SvgWriter.Number(y)}");
        path.Append(CultureInfo.InvariantCulture, $"L{SvgWriter.Number(x + ArrowSize)} {SvgWriter.Number(y + size)}");
    }

    private string X(double seconds) => SvgWriter.Number(time[seconds]);

    private string Y(double value) => SvgWriter.Number(Math.Clamp(values[value], -9999, 9999));
}
