using System.Text.RegularExpressions;

namespace UserTcp.Conventions.Tests.Words;

/// <summary>A word or phrase that the project does not use.</summary>
/// <param name="Word">The word, as failures name it.</param>
/// <param name="Instead">The words to use instead.</param>
/// <param name="Pattern">Matches it in lower-case prose, where any white space may separate words.</param>
internal sealed record ForbiddenWord(string Word, string Instead, string Pattern)
{
    private Regex? _prose;
    private Regex? _name;

    /// <summary>Matches it in the words of a name; null when prose and names have the same pattern.</summary>
    public string? NamePattern { get; init; }

    /// <summary>A name may have the word when its type is characters.</summary>
    public bool MayNameCharacters { get; init; }

    /// <summary>Indexes in <paramref name="prose"/> where the word begins.</summary>
    public IEnumerable<int> FindInProse(string prose) => (_prose ??= Compile(Pattern)).Matches(prose).Select(match => match.Index);

    /// <summary>True for a name whose words, separated by spaces, have the word among them.</summary>
    public bool IsInName(string words) => (_name ??= Compile(NamePattern ?? Pattern)).IsMatch(words);

    private static Regex Compile(string pattern) =>
        new($@"\b(?:{pattern.Replace(" ", @"\s+", StringComparison.Ordinal)})\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Compiled);
}
