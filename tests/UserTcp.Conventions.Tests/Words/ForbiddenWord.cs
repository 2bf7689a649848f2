using System.Text.RegularExpressions;

namespace UserTcp.Conventions.Tests.Words;

/// <summary>A word or phrase that the project does not use.</summary>
/// <param name="Word">Its name in failures.</param>
/// <param name="Instead">The words to use instead.</param>
/// <param name="Pattern">A regular expression for prose; a space in it matches any white space.</param>
internal sealed record ForbiddenWord(string Word, string Instead, string Pattern)
{
    private Regex? _prose;
    private Regex? _name;

    /// <summary>The pattern for the words of a name; null when it is that of prose.</summary>
    public string? NamePattern { get; init; }

    /// <summary>Names of strings and other characters may have the word.</summary>
    public bool MayNameCharacters { get; init; }

    /// <summary>The indexes of the word in <paramref name="prose"/>.</summary>
    public IEnumerable<int> FindInProse(string prose) =>
        (_prose ??= Compile(Pattern)).Matches(prose).Select(match => match.Index);

    /// <summary>True when the words of a name, separated by spaces, contain the word.</summary>
    public bool IsInName(string words) => (_name ??= Compile(NamePattern ?? Pattern)).IsMatch(words);

    private static Regex Compile(string pattern) =>
        new(
            $@"\b(?:{pattern.Replace(" ", @"\s+", StringComparison.Ordinal)})\b",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Compiled);
}
