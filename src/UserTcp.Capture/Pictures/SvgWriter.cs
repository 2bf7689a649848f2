using System.Globalization;
using System.Text;

namespace UserTcp.Capture.Pictures;

/// <summary>
/// Writes SVG. Every string that goes in is escaped, and characters that XML forbids are replaced: a picture shows
/// what peers sent.
/// </summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder _svg = new();

    /// <summary>A number as SVG writes it, with one digit behind the point.</summary>
    public static string Number(double value) => Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>Begins the document.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="title">What the picture shows.</param>
    /// <param name="description">The same in a sentence or two, for readers who do not see it.</param>
    /// <param name="style">The style sheet, ours.</param>
    public void Begin(double width, double height, string title, string description, string style)
    {
        var (w, h) = (Number(width), Number(height));
        _svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" ")
            .Append(CultureInfo.InvariantCulture, $"width=\"{w}\" height=\"{h}\" role=\"img\" ")
            .Append("aria-labelledby=\"title desc\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title id=\"title\">{Escape(title)}</title>\n")
            .Append(CultureInfo.InvariantCulture, $"<desc id=\"desc\">{Escape(description)}</desc>\n")
            .Append(CultureInfo.InvariantCulture, $"<style>\n{style}</style>\n");
        Rectangle(0, 0, width, height, "page");
    }

    /// <summary>What is written so far.</summary>
    public string Content => _svg.ToString();

    /// <summary>Ends the document and returns it.</summary>
    /// <param name="rest">What another writer has written, to go at the end.</param>
    public string End(string rest = "") => _svg.Append(rest).Append("</svg>\n").ToString();

    /// <summary>Begins a group with a tooltip.</summary>
    public void BeginGroup(string cssClass, string tooltip) => _svg.Append(
        CultureInfo.InvariantCulture, $"<g class=\"{cssClass}\"><title>{Escape(tooltip)}</title>\n");

    /// <summary>Begins a group that is drawn only within a rectangle.</summary>
    public void BeginClip(string id, double x, double y, double width, double height)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<clipPath id=\"{id}\">");
        _svg.Append(CultureInfo.InvariantCulture, $"<rect {Box(x, y, width, height)}/></clipPath>\n");
        _svg.Append(CultureInfo.InvariantCulture, $"<g clip-path=\"url(#{id})\">\n");
    }

    /// <summary>Ends a group.</summary>
    public void EndGroup() => _svg.Append("</g>\n");

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string cssClass) =>
        Path($"M{Number(x1)} {Number(y1)}L{Number(x2)} {Number(y2)}", cssClass);

    /// <summary>A path.</summary>
    public void Path(string path, string cssClass) =>
        _svg.Append(CultureInfo.InvariantCulture, $"<path class=\"{cssClass}\" d=\"{path}\"/>\n");

    /// <summary>A rectangle.</summary>
    public void Rectangle(double x, double y, double width, double height, string cssClass) => _svg.Append(
        CultureInfo.InvariantCulture, $"<rect class=\"{cssClass}\" {Box(x, y, width, height)}/>\n");

    /// <summary>A circle.</summary>
    public void Circle(double x, double y, double radius, string cssClass) => _svg.Append(
        CultureInfo.InvariantCulture,
        $"<circle class=\"{cssClass}\" cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"{Number(radius)}\"/>\n");

    /// <summary>A line of words. The class says where its anchor is.</summary>
    public void Words(double x, double y, string words, string cssClass) => _svg.Append(
        CultureInfo.InvariantCulture,
        $"<text class=\"{cssClass}\" x=\"{Number(x)}\" y=\"{Number(y)}\">{Escape(words)}</text>\n");

    /// <summary>A line of words, whose first ones are bold.</summary>
    public void Words(double x, double y, string bold, string rest, string cssClass) => _svg.Append(
        CultureInfo.InvariantCulture,
        $"<text class=\"{cssClass}\" x=\"{Number(x)}\" y=\"{Number(y)}\">"
        + $"<tspan class=\"bold\">{Escape(bold)}</tspan>{Escape(rest)}</text>\n");

    /// <summary>Words as the content of an element.</summary>
    public static string Escape(string words)
    {
        var escaped = new StringBuilder(words.Length);
        foreach (var rune in words.EnumerateRunes())
        {
            // A lone surrogate comes as U+FFFD. Controls that reorder what is read are no part of our words either.
            escaped.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                0xFFFE or 0xFFFF => "\uFFFD",
                _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format => "\uFFFD",
                _ => rune.ToString(),
            });
        }

        return escaped.ToString();
    }

    private static string Box(double x, double y, double width, double height) =>
        $"x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\"";
}
