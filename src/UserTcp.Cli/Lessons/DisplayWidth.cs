namespace UserTcp.Cli.Lessons;

/// <summary>
/// The columns that characters take on a terminal: two for Hangul, one for all else that lessons use.
/// </summary>
internal static class DisplayWidth
{
    public static int Of(string words) => words.Sum(static character => IsWide(character) ? 2 : 1);

    /// <summary>The words with spaces behind them, up to a number of columns.</summary>
    public static string Pad(string words, int columns) => words + new string(' ', Math.Max(columns - Of(words), 0));

    /// <summary>Breaks words at spaces into lines of at most so many columns.</summary>
    public static IEnumerable<string> Wrap(string words, int columns)
    {
        var line = "";
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && Of(line) + 1 + Of(word) > columns)
            {
                yield return line;
                line = "";
            }

            line += line.Length > 0 ? $" {word}" : word;
        }

        if (line.Length > 0)
            yield return line;
    }

    /// <summary>Hangul, and the signs of the CJK blocks with full width.</summary>
    private static bool IsWide(char character) =>
        character is (>= '\u1100' and <= '\u115F') or (>= '\u3000' and <= '\u30FF') or (>= '\uAC00' and <= '\uD7A3')
            or (>= '\uFF00' and <= '\uFF60');
}
