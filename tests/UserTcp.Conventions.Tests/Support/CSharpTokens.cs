using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

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

    /// <summary>The numbers of the lines that begin inside a raw string of several lines.</summary>
    public static IReadOnlySet<int> LinesInRawStrings(string code)
    {
        var tree = CSharpSyntaxTree.ParseText(code, Options);
        var lines = new HashSet<int>();
        foreach (var literal in tree.GetRoot().DescendantNodes().Where(IsRawString))
        {
            var span = literal.GetLocation().GetLineSpan();
            lines.UnionWith(Enumerable.Range(
                span.StartLinePosition.Line + 2, span.EndLinePosition.Line - span.StartLinePosition.Line));
        }

        return lines;
    }

    private static bool IsRawString(SyntaxNode node) => node switch
    {
        LiteralExpressionSyntax literal => literal.Token.Kind()
            is SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.Utf8MultiLineRawStringLiteralToken,
        InterpolatedStringExpressionSyntax interpolated =>
            interpolated.StringStartToken.IsKind(SyntaxKind.InterpolatedMultiLineRawStringStartToken),
        _ => false,
    };
}
