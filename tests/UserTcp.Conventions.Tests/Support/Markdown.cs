using System.Text;
using System.Text.RegularExpressions;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>A Markdown file: its fenced blocks, links and headings.</summary>
internal sealed partial class Markdown
{
    private const string Fence = "```";

    private readonly List<FencedBlock> _blocks = [];
    private readonly StringBuilder _prose = new();

    public Markdown(string file)
    {
        File = file;
        Parse(Repository.Read(file).Split('\n'));
    }

    public string File { get; }

    public IEnumerable<FencedBlock> Blocks(string language) => _blocks.Where(block => block.Language == language);

    /// <summary>Targets of links and images in prose.</summary>
    public IEnumerable<string> Links => Link().Matches(WithoutCode()).Select(match => match.Groups["target"].Value);

    /// <summary>The content of code spans in prose.</summary>
    public IEnumerable<string> CodeSpans => CodeSpansOf(_prose.ToString());

    /// <summary>The anchors of headings: lower case, spaces as hyphens, without punctuation.</summary>
    public IEnumerable<string> Anchors =>
        Heading().Matches(_prose.ToString())
            .Select(match =>
                NotInAnchor().Replace(match.Groups["title"].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    /// <summary>The content of code spans in a piece of Markdown without fenced blocks.</summary>
    public static IEnumerable<string> CodeSpansOf(string prose) =>
        CodeSpan().Matches(prose).Select(match => match.Value.Trim('`'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} +(?<title>.+?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex CodeSpan();

    // A code span may be the title of a link, but contains none.
    private string WithoutCode() => CodeSpan().Replace(_prose.ToString(), "code");

    private void Parse(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var indent = lines[i].Length - lines[i].TrimStart(' ').Length;
            if (!lines[i].AsSpan(indent).StartsWith(Fence))
            {
                _prose.Append(lines[i]).Append('\n');
                continue;
            }

            var language = lines[i].Trim()[Fence.Length..];
            var start = i + 1;
            while (++i < lines.Length && !lines[i].TrimStart(' ').StartsWith(Fence, StringComparison.Ordinal))
            {
            }

            var content = lines[start..i].Select(line => line[Math.Min(indent, line.Length)..]);
            _blocks.Add(new FencedBlock(File, start, language, [.. content]));
        }
    }
}
