using System.Globalization;
using System.Text;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Pictures;

/// <summary>
/// The colours of pictures, for light and for dark pages. Words have a contrast of 4.5 or more, and no colour says
/// anything that words or shapes do not say as well.
/// </summary>
internal static class Palette
{
    private const string Sans = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif";

    private const string Mono = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

    private static readonly (string Name, string Light, string Dark)[] Colours =
    [
        ("page", "#ffffff", "#0d1117"),
        ("ink", "#1f2328", "#e6edf3"),
        ("soft", "#59636e", "#9198a1"),
        ("faint", "#d1d9e0", "#30363d"),
        ("panel", "#f6f8fa", "#151b23"),
        ("data", "#0b5cad", "#6cb6ff"),
        ("ack", "#1a7f37", "#57ab5a"),
        ("window", "#9a6700", "#daaa3f"),
        ("again", "#bc4c00", "#f69d50"),
        ("bad", "#cf222e", "#ff7b72"),
        ("sack", "#8250df", "#c297ff"),
        ("closed", "#6e7781", "#848d97"),
        ("listen", "#57606a", "#9ea7b3"),
        ("opening", "#9a6700", "#d4a72c"),
        ("established", "#1a7f37", "#46b45c"),
        ("closing", "#0969da", "#58a6ff"),
        ("peerclosed", "#0e7490", "#3fb6cf"),
        ("waiting", "#8250df", "#b388ff"),
    ];

    /// <summary>The fonts and colours that both pictures have.</summary>
    public static string Style(string sheet, double size)
    {
        var style = new StringBuilder();
        style.Append(CultureInfo.InvariantCulture, $"text {{ font: {SvgWriter.Number(size)}px {Sans}; }}\n");
        style.Append(CultureInfo.InvariantCulture, $".mono {{ font-family: {Mono}; }}\n");
        style.Append(".bold { font-weight: 700; }\n.end { text-anchor: end; }\n.middle { text-anchor: middle; }\n");
        style.Append("path { fill: none; }\n");
        style.Append(sheet);
        foreach (var (name, light, _) in Colours)
            Append(style, name, light);
        style.Append("@media (prefers-color-scheme: dark) {\n");
        foreach (var (name, _, dark) in Colours)
            Append(style, name, dark);
        return style.Append("}\n").ToString();
    }

    /// <summary>The name of a state's colour.</summary>
    public static string ColourOf(TcpState? state) => state switch
    {
        TcpState.Listen => "listen",
        TcpState.SynSent or TcpState.SynReceived => "opening",
        TcpState.Established => "established",
        TcpState.FinWait1 or TcpState.FinWait2 or TcpState.Closing => "closing",
        TcpState.CloseWait or TcpState.LastAck => "peerclosed",
        TcpState.TimeWait => "waiting",
        _ => "closed",
    };

    private static void Append(StringBuilder style, string name, string colour)
    {
        if (name == "page")
        {
            style.Append(CultureInfo.InvariantCulture, $".page {{ fill: {colour}; }}\n");
        }
        else
        {
            style.Append(CultureInfo.InvariantCulture, $".f-{name} {{ fill: {colour}; }} ");
            style.Append(CultureInfo.InvariantCulture, $".s-{name} {{ stroke: {colour}; }}\n");
        }
    }
}
