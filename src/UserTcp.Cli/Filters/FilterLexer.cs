namespace UserTcp.Cli.Filters;

/// <summary>Splits a filter into words: parentheses and operators stand for themselves without white space.</summary>
internal static class FilterLexer
{
    private const string Symbols = "()!=<>&|";

    /// <summary>Operators of two characters. They go before those of one.</summary>
    private static readonly string[] Pairs = ["==", "!=", "<=", ">=", "&&", "||"];

    /// <summary>The words; null when there are more than <paramref name="max"/>.</summary>
    public static List<string>? Split(string filter, int max)
    {
        var words = new List<string>();
        for (var at = 0; at < filter.Length;)
        {
            if (char.IsWhiteSpace(filter[at]))
            {
                at++;
                continue;
            }

            if (words.Count == max)
                return null;
            var length = LengthOfWord(filter.AsSpan(at));
            words.Add(filter.Substring(at, length));
            at += length;
        }

        return words;
    }

    private static int LengthOfWord(ReadOnlySpan<char> rest)
    {
        if (Symbols.Contains(rest[0], StringComparison.Ordinal))
        {
            foreach (var pair in Pairs)
            {
                if (rest.StartsWith(pair, StringComparison.Ordinal))
                    return pair.Length;
            }

            return 1;
        }

        var length = 1;
        while (length < rest.Length && !char.IsWhiteSpace(rest[length])
            && !Symbols.Contains(rest[length], StringComparison.Ordinal))
        {
            length++;
        }

        return length;
    }
}
