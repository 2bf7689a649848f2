using System.Text;
using System.Text.RegularExpressions;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Conventions.Tests.Book;

/// <summary>Draws <see cref="Transitions.All"/>, laid out as figure 5 of RFC 9293, and as Mermaid.</summary>
internal static partial class StateDiagram
{
    public const string SvgFile = "docs/states.svg";

    private const int Width = 1000;
    private const int Height = 900;
    private const int BoxWidth = 160;
    private const int BoxHeight = 44;

    /// <summary>Lines of a label are so far apart.</summary>
    private const int LineHeight = 15;

    // The centres of the boxes. CLOSED stands twice, as in the RFC: where a connection begins, and where it ends.
    private static readonly (string Name, int X, int Y)[] Boxes =
    [
        ("CLOSED", 500, 50), ("LISTEN", 500, 160), ("SYN-RECEIVED", 170, 290), ("SYN-SENT", 830, 290),
        ("ESTABLISHED", 500, 400),
        ("FIN-WAIT-1", 170, 511), ("CLOSE-WAIT", 830, 511), ("FIN-WAIT-2", 170, 660), ("CLOSING", 500, 660),
        ("LAST-ACK", 830, 660),
        ("TIME-WAIT", 500, 780), ("CLOSED", 830, 780),
    ];

    /// <summary>The way of each arrow, and where its label is.</summary>
    private static readonly Dictionary<(TcpState, TcpState), Route> Routes = new()
    {
        [(TcpState.Closed, TcpState.Listen)] = new("500,72 500,138", 510, 109, Label.Beside),
        [(TcpState.Closed, TcpState.SynSent)] = new("580,50 830,50 830,268", 705, 50, Label.Across),
        [(TcpState.Listen, TcpState.SynReceived)] = new("420,160 170,160 170,268", 295, 160, Label.Across),
        [(TcpState.SynSent, TcpState.SynReceived)] = new("750,290 250,290", 500, 290, Label.Across),
        [(TcpState.SynSent, TcpState.Established)] = new("830,312 830,400 580,400", 705, 400, Label.Across),
        [(TcpState.SynReceived, TcpState.Established)] = new("230,312 230,400 420,400", 325, 400, Label.Across),
        [(TcpState.SynReceived, TcpState.FinWait1)] = new("120,312 120,489", 130, 435, Label.Beside),
        [(TcpState.Established, TcpState.FinWait1)] = new("460,422 460,500 250,500", 355, 500, Label.Across),
        [(TcpState.Established, TcpState.CloseWait)] = new("540,422 540,511 750,511", 645, 511, Label.Across),
        [(TcpState.FinWait1, TcpState.FinWait2)] = new("105,533 105,638", 113, 589, Label.Beside),
        [(TcpState.FinWait1, TcpState.Closing)] = new("250,524 500,524 500,638", 510, 580, Label.Beside),
        [(TcpState.FinWait1, TcpState.TimeWait)] = new(
            "243,533 243,590 320,590 320,770 420,770", 330, 580, Label.Beside),
        [(TcpState.FinWait2, TcpState.TimeWait)] = new("170,682 170,790 420,790", 180, 728, Label.Beside),
        [(TcpState.CloseWait, TcpState.LastAck)] = new("830,533 830,638", 840, 582, Label.Beside),
        [(TcpState.Closing, TcpState.TimeWait)] = new("500,682 500,758", 510, 724, Label.Beside),
        [(TcpState.LastAck, TcpState.Closed)] = new("830,682 830,758", 840, 724, Label.Beside),
        [(TcpState.TimeWait, TcpState.Closed)] = new("580,780 750,780", 665, 780, Label.Across),
        [(TcpState.TimeWait, TcpState.SynReceived)] = new(
            "460,802 460,835 40,835 40,290 90,290", 250, 835, Label.Across),
    };

    private enum Label
    {
        /// <summary>On a horizontal line: the event above it, what is sent below it.</summary>
        Across,

        /// <summary>To the right of a vertical line.</summary>
        Beside,
    }

    /// <summary>The picture.</summary>
    public static string PrintSvg()
    {
        var svg = new StringBuilder();
        svg.Append("<!-- Generated from Transitions.All by the conventions' tests. -->\n");
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\"");
        svg.Append(" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append("<title>TCP connection states</title>\n");
        svg.Append("<defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\"");
        svg.Append(" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">");
        svg.Append("<path d=\"M 0 0 L 10 5 L 0 10 z\" fill=\"#333\"/></marker></defs>\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        foreach (var transition in Transitions.All)
            Draw(svg, transition);
        foreach (var (name, x, y) in Boxes)
        {
            svg.Append($"<rect x=\"{x - (BoxWidth / 2)}\" y=\"{y - (BoxHeight / 2)}\"");
            svg.Append($" width=\"{BoxWidth}\" height=\"{BoxHeight}\" rx=\"6\"");
            svg.Append(" fill=\"#eef3fb\" stroke=\"#345\" stroke-width=\"1.5\"/>\n");
            svg.Append($"<text x=\"{x}\" y=\"{y + 5}\" text-anchor=\"middle\"");
            svg.Append($" font-size=\"15\" font-weight=\"bold\" fill=\"#123\">{name}</text>\n");
        }

        Write(
            svg, Width / 2, Height - 15, "middle",
            "A RST, an ABORT or the user timeout leads from any state to CLOSED.");
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The lines of a Mermaid state diagram.</summary>
    public static IReadOnlyList<string> PrintMermaid() =>
    [
        "stateDiagram-v2",
        .. Enum.GetValues<TcpState>().Select(state => $"    state \"{NameOf(state)}\" as {state}"),
        .. Transitions.All.Select(transition => $"    {transition.From} --> {transition.To}: {transition.Trigger}"),
    ];

    /// <summary>The state's name in the RFC: FIN-WAIT-1.</summary>
    public static string NameOf(TcpState state) => WordStart().Replace(state.ToString(), "-").ToUpperInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z0-9])")]
    private static partial Regex WordStart();

    private static void Draw(StringBuilder svg, Transition transition)
    {
        if (!Routes.TryGetValue((transition.From, transition.To), out var route))
            throw new InvalidOperationException($"{nameof(StateDiagram)} has no route for {transition}: add one.");
        svg.Append($"<polyline points=\"{route.Points}\" fill=\"none\"");
        svg.Append(" stroke=\"#333\" stroke-width=\"1.3\" marker-end=\"url(#arrow)\"/>\n");
        var lines = transition.Trigger.Split(" / ");
        var (first, step, anchor) = route.Label == Label.Across
            ? (route.Y - 6, LineHeight + 7, "middle")
            : (route.Y, LineHeight, "start");
        for (var i = 0; i < lines.Length; i++)
            Write(svg, route.X, first + (i * step), anchor, lines[i]);
    }

    private static void Write(StringBuilder svg, int x, int y, string anchor, string words) =>
        svg.Append($"<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#222\">{words}</text>\n");

    private sealed record Route(string Points, int X, int Y, Label Label);
}
