using System.Text.RegularExpressions;
using UserTcp.Conventions.Tests.Support;

namespace UserTcp.Conventions.Tests.Book;

/// <summary>A block of C# in a chapter. The comment on the line before it names the member that it shows.</summary>
/// <param name="Block">The block.</param>
/// <param name="Member">The name of the member, as <see cref="SourceMembers"/> has it; null without a comment.</param>
internal sealed partial record Excerpt(FencedBlock Block, string? Member)
{
    public const string Folder = "docs/book";

    /// <summary>The chapters, in order.</summary>
    public static IReadOnlyList<string> Chapters { get; } =
        [.. Repository.Files(Folder, ".md").Where(file => Path.GetFileName(file) != "README.md")];

    public static IEnumerable<Excerpt> In(string chapter)
    {
        var lines = Repository.Read(chapter).Split('\n');
        return new Markdown(chapter).Blocks("csharp")
            .Select(block => new Excerpt(block, MemberIn(lines[Math.Max(block.Line - 2, 0)])));
    }

    /// <summary>The name in a comment, or null.</summary>
    public static string? MemberIn(string line) =>
        Comment().Match(line) is { Success: true } match ? match.Groups["member"].Value : null;

    [GeneratedRegex(@"^<!-- (?<member>.+) -->$")]
    private static partial Regex Comment();
}
