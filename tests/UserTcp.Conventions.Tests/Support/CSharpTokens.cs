using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>
/// The keywords and identifiers of a C# file with their lines, without comments, documentation and strings.
/// </summary>
internal static class CSharpTokens
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview);

    /// <summary>
    /// Places ("file:line: word") where one of <paramref name="words"/> is a keyword or an identifier.
    /// </summary>
    public static IEnumerable<string> Find(string file, IReadOnlySet<string> words)
    {
        var tree = CSharpSyntaxTree.ParseText(Repository.Read(file), Options);
        foreach (var token in tree.GetRoot().DescendantTokens())
        {
            if (token.IsKind(SyntaxKind.IdentifierToken) || SyntaxFacts.IsKeywordKind(token.Kind()))
            {
                if (words.Contains(token.ValueText))
                {
                    yield return $"{file}:{token.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: "
                        + $"{token.ValueText}";
                }
            }
        }
    }
}
