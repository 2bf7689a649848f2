using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace UserTcp.Conventions.Tests.Words;

/// <summary>
/// The prose of a file: comments and literals of code, the sentences of a document. It has the length and the lines of
/// the file; <see cref="Gap"/> replaces everything else, and quotations.
/// </summary>
internal static partial class Prose
{
    private const char Gap = '|';

    /// <summary>The comments and literals of C#.</summary>
    public static string OfCSharp(SyntaxNode root)
    {
        var source = root.ToFullString();
        var prose = Blank(source);
        foreach (var trivia in root.DescendantTrivia())
        {
            if (trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
                or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia)
            {
                Copy(WithoutQuotations(WithoutMarkup(trivia.ToFullString())), trivia.FullSpan.Start, prose);
            }
            else if (trivia.IsKind(SyntaxKind.WhitespaceTrivia) || trivia.IsKind(SyntaxKind.EndOfLineTrivia))
            {
                // Between the lines of a comment there is only white space, so that a phrase may continue on the next
                // line.
                Copy(trivia.ToFullString(), trivia.FullSpan.Start, prose);
            }
        }

        foreach (var token in root.DescendantTokens().Where(IsLiteral))
            Copy(token.Text.Replace('"', Gap), token.SpanStart, prose);
        return new string(prose);
    }

    /// <summary>Markdown without code spans, quotations, link targets and blocks of C#.</summary>
    public static string OfMarkdown(string source) =>
        WithoutQuotations(Replace(NoProseInMarkdown(), source, _ => true));

    /// <summary>The comments of a script, from # to the end of the line.</summary>
    public static string OfScript(string source) => OfComments(source, ScriptComment());

    /// <summary>The comments of C.</summary>
    public static string OfC(string source) => OfComments(source, CComment());

    /// <summary>The words of a name or path in lower case, separated by spaces.</summary>
    public static string WordsOf(string name) =>
        string.Join(' ', NameWord().Matches(name).Select(match => match.Value.ToLowerInvariant()));

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")]
    private static partial Regex NameWord();

    // A quotation stays in its paragraph.
    [GeneratedRegex("`[^`\n]+`|\"(?:(?!\n *\n)[^\"|]){1,400}\"|“[^”]*”")]
    private static partial Regex Quotation();

    [GeneratedRegex("///?|<(?:c|code)>.*?</(?:c|code)>|</?[A-Za-z][^<>]*>", RegexOptions.Singleline)]
    private static partial Regex Markup();

    [GeneratedRegex(
        "^ *```csharp\n.*?^ *```|^ *```[^\n]*|(?<=\\])\\([^)]*\\)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex NoProseInMarkdown();

    // The comments of successive lines are one.
    [GeneratedRegex("(?:(?<=^|\\s)#[^\n]*\\s*)+")]
    private static partial Regex ScriptComment();

    [GeneratedRegex("(?://[^\n]*\\s*)+|/\\*.*?\\*/", RegexOptions.Singleline)]
    private static partial Regex CComment();

    private static string OfComments(string source, Regex comment)
    {
        var prose = Blank(source);
        foreach (Match match in comment.Matches(source))
        {
            Copy(
                WithoutQuotations(CommentSign().Replace(match.Value, sign => new string(' ', sign.Length))),
                match.Index, prose);
        }

        return new string(prose);
    }

    [GeneratedRegex("^ *(?:#+|//+|/?\\*+/?)", RegexOptions.Multiline)]
    private static partial Regex CommentSign();

    private static bool IsLiteral(SyntaxToken token) =>
        token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.Utf8StringLiteralToken
            or SyntaxKind.InterpolatedStringTextToken
            or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
            or SyntaxKind.Utf8SingleLineRawStringLiteralToken or SyntaxKind.Utf8MultiLineRawStringLiteralToken;

    // The slashes of a comment become white space, so that a phrase may continue on the next line.
    private static string WithoutMarkup(string comment) => Replace(Markup(), comment, match => match[0] != '/', ' ');

    private static string WithoutQuotations(string prose) => Replace(Quotation(), prose, _ => true);

    private static string Replace(Regex pattern, string source, Func<string, bool> isGap, char other = Gap) =>
        pattern.Replace(
            source,
            match => new string(match.Value.Select(c => c == '\n' ? c : isGap(match.Value) ? Gap : other).ToArray()));

    private static char[] Blank(string source) => [.. source.Select(c => c == '\n' ? c : Gap)];

    private static void Copy(string from, int start, char[] to) => from.CopyTo(to.AsSpan(start));
}
