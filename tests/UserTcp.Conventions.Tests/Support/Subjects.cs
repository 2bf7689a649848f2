using System.Text.RegularExpressions;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>The significant words of a comment or a title.</summary>
internal static partial class Subjects
{
    private const int MinLength = 3;

    // Words without significance: English, and the vocabulary of every comment here.
    private static readonly HashSet<string> Common =
    [
        "decision", "docs", "rfc", "section", "tcp", "user", "engine", "connection", "segment", "data", "peer",
        "summary", "content", "cref", "the", "and", "are", "for", "with", "not", "from", "may", "that", "this", "than",
        "what", "when", "which", "where", "who", "its", "our",
        "their", "they", "all", "one", "two", "each", "only", "use", "let", "say", "has", "have", "does",
        "but", "else", "into", "out",
    ];

    /// <summary>The words in lower case and singular, without common ones; identifiers are split.</summary>
    public static HashSet<string> WordsOf(string text) =>
    [
        .. Word().Matches(text).Select(match => match.Value.ToLowerInvariant()).Where(word => !Common.Contains(word))
            .Select(Singular)
            .Where(word => word.Length >= MinLength && !Common.Contains(word)),
    ];

    // A word, an acronym, or one part of a name in camel case.
    [GeneratedRegex("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")]
    private static partial Regex Word();

    private static string Singular(string word) =>
        word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) ? word[..^1] : word;
}
