using System.Text;

namespace UserTcp.Capture.Pictures;

/// <summary>
/// A font as far as a layout needs it. Its true widths are those of the viewer's fonts: these are on the safe side.
/// </summary>
/// <param name="Size">Size in pixels.</param>
/// <param name="Advance">Width of a character as a part of the size; East Asian characters have the double.</param>
internal readonly record struct Lettering(double Size, double Advance)
{
    /// <summary>The distance of two lines.</summary>
    public double LineHeight => Math.Ceiling(Size * 1.3);

    /// <summary>A monospaced font.</summary>
    public static Lettering Mono(double size) => new(size, 0.61);

    /// <summary>A proportional font.</summary>
    public static Lettering Sans(double size) => new(size, 0.57);

    /// <summary>The width of words in pixels.</summary>
    public double WidthOf(string words)
    {
        var columns = 0.0;
        foreach (var rune in words.EnumerateRunes())
            columns += rune.Value >= 0x1100 ? 1.75 : 1;
        return columns * Size * Advance;
    }

    /// <summary>
    /// Breaks words at spaces into lines of about the same length, of at most a width. Beyond the last line it cuts,
    /// and "…" says so.
    /// </summary>
    public IReadOnlyList<string> Wrap(string words, double width, int maxLines = 4)
    {
        var lines = Fill(words, width, maxLines);
        while (lines.Count > 1 && width > 40)
        {
            width *= 0.95;
            var shorter = Fill(words, width, maxLines);
            if (shorter.Count > lines.Count || shorter[^1].EndsWith('…'))
                break;
            lines = shorter;
        }

        return lines;
    }

    private List<string> Fill(string words, double width, int maxLines)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var cut = Cut(word, width);
            if (line.Length > 0 && WidthOf($"{line} {cut}") > width)
            {
                if (lines.Count == maxLines - 1)
                    return [.. lines, Cut($"{line} {cut}", width)];
                lines.Add(line.ToString());
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(cut);
        }

        if (line.Length > 0)
            lines.Add(line.ToString());
        return lines;
    }

    /// <summary>The words, or as many characters of them as fit, with "…" behind.</summary>
    public string Cut(string words, double width)
    {
        if (WidthOf(words) <= width)
            return words;
        var kept = new StringBuilder();
        foreach (var rune in words.EnumerateRunes())
        {
            if (WidthOf($"{kept}{rune}…") > width)
                break;
            kept.Append(rune.ToString());
        }

        return kept.Append('…').ToString();
    }
}
