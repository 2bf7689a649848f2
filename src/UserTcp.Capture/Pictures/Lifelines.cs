using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Pictures;

/// <summary>Draws the two lifelines: bands in the colours of the states, with their names.</summary>
internal sealed class Lifelines(LadderLayout layout, IReadOnlyList<PlacedRow> rows, double top, double bottom)
{
    private const double Band = 8;

    /// <summary>Draws both.</summary>
    /// <param name="svg">Where to.</param>
    /// <param name="first">Our state before the first row. Of the peer nothing is known then.</param>
    public void Draw(SvgWriter svg, TcpState? first)
    {
        DrawLine(svg, first, isOurs: true);
        DrawLine(svg, null, isOurs: false);
    }

    private void DrawLine(SvgWriter svg, TcpState? first, bool isOurs)
    {
        var (state, from) = (first, top);
        Name(svg, state, from + 2, from, isOurs);
        // Of two segments that cross, the second one is the first at the peer.
        var places = rows.OrderBy(row => isOurs ? row.Ours : row.Peers).ToArray();
        for (var i = 0; i < places.Length; i++)
        {
            if ((isOurs ? places[i].Row.Enters : places[i].Row.PeerEnters) is not { } next || next == state)
                continue;
            var y = isOurs ? places[i].Ours : places[i].Peers;
            DrawBand(svg, state, from, y, isOurs);
            (state, from) = (next, y);
            Name(svg, state, y, ChipsOf(places[i], isOurs), isOurs);
        }

        DrawBand(svg, state, from, bottom, isOurs);
    }

    /// <summary>Two segments that cross have one place for names, in which there is room for the last one.</summary>
    private double ChipsOf(PlacedRow place, bool isOurs)
    {
        if (!place.IsCrossing)
            return place.Chips;
        var pair = rows.Where(row => row.IsCrossing && Math.Abs(row.Bottom - place.Bottom) < 40).ToArray();
        var last = pair.Where(row => (isOurs ? row.Row.Enters : row.Row.PeerEnters) is not null)
            .MaxBy(row => isOurs ? row.Ours : row.Peers);
        return last == place ? pair.Max(row => row.Chips) : 0;
    }

    private void DrawBand(SvgWriter svg, TcpState? state, double from, double to, bool isOurs)
    {
        var x = (isOurs ? layout.Left : layout.Right) - (Band / 2);
        if (to > from)
            svg.Rectangle(x, from, Band, to - from, state is null ? "f-faint" : $"f-{Palette.ColourOf(state)}");
    }

    private void Name(SvgWriter svg, TcpState? state, double y, double chips, bool isOurs)
    {
        if (state is not { } known)
            return;
        var colour = $"mono code bold f-{Palette.ColourOf(state)}";
        var name = SegmentLine.State(known);
        if (layout.IsNarrow && chips > 0)
        {
            var x = isOurs ? layout.Left + 12 : layout.Right - 12;
            svg.Words(x, chips + layout.Code.Size, name, isOurs ? colour : $"{colour} end");
        }
        else if (!layout.IsNarrow && isOurs)
        {
            svg.Words(layout.Left - 28, y + 4, name, $"{colour} end");
        }
        else if (!layout.IsNarrow)
        {
            svg.Words(layout.Right + 12, y + 4, name, colour);
        }
    }
}
