namespace UserTcp.Cli;

/// <summary>Finds the known word that a wrong word is most like.</summary>
internal static class Suggestion
{
    private const int MaxLength = 64;

    /// <summary>" (did you mean 'known'?)" for a message; empty when no known word is close enough.</summary>
    public static string For(string word, IEnumerable<string> known) =>
        Find(word, known) is { } match ? $" (did you mean '{match}'?)" : "";

    /// <summary>
    /// The known word with the smallest distance. A third of the word's characters may be wrong, rounded up; null when
    /// more are wrong everywhere.
    /// </summary>
    public static string? Find(string word, IEnumerable<string> known)
    {
        if (word.Length > MaxLength)
            return null;
        var (best, bestDistance) = ((string?)null, (word.TrimStart('-').Length + 2) / 3 + 1);
        foreach (var candidate in known)
        {
            var distance = Distance(word, candidate);
            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>
    /// The Levenshtein distance in which two neighbours that changed places count once (optimal string alignment).
    /// </summary>
    internal static int Distance(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= to.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = rows[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[from.Length, to.Length];
    }
}
