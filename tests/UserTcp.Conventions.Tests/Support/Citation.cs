using System.Text.RegularExpressions;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>A place that names a decision by its number: "docs/decisions/0006", "decision 0006", or a link.</summary>
/// <param name="File">The citing file, relative to the root.</param>
/// <param name="Line">The citing line, from 0.</param>
/// <param name="Number">The four digits.</param>
internal sealed partial record Citation(string File, int Line, string Number)
{
    private static readonly string[] Folders = ["src", "tests", "tools", "bench", "docs", "samples", "deploy"];

    private static readonly string[] Extensions =
        [".cs", ".md", ".txt", ".csproj", ".props", ".sh", ".c", ".h", ".awk", ".py", ".yml", ".yaml", ".json", ""];

    /// <summary>All citations in the repository.</summary>
    public static IReadOnlyList<Citation> All { get; } = [.. Files.SelectMany(CitationsIn)];

    /// <summary>Links in Markdown that show one number and lead to the record of another.</summary>
    public static IEnumerable<string> WrongLinks =>
        Files.Where(file => Path.GetExtension(file) == ".md").SelectMany(file => Link().Matches(Repository.Read(file))
            .Where(link => link.Groups["shown"].Value != link.Groups["target"].Value)
            .Select(link => $"{file}: {link.Value}"));

    private static IEnumerable<string> Files =>
        Repository.Files("", Extensions)
            .Where(file => !file.Contains('/', StringComparison.Ordinal) || Folders.Contains(file.Split('/')[0]));

    /// <summary>The place as "file:line".</summary>
    public string Place => $"{File}:{Line + 1}";

    /// <summary>The citing line, the comment lines around it, and the name of the file.</summary>
    public string Context
    {
        get
        {
            var lines = Repository.Read(File).Split('\n');
            var (first, last) = (Line, Line);
            while (first > 0 && IsComment(lines[first - 1]))
                first--;
            while (last + 1 < lines.Length && IsComment(lines[last + 1]))
                last++;
            return $"{string.Join(' ', lines[first..(last + 1)])} {Path.GetFileNameWithoutExtension(File)}";
        }
    }

    [GeneratedRegex(@"(decisions/|\bdecision )(?<number>\d{4})\b", RegexOptions.IgnoreCase)]
    private static partial Regex Cited();

    [GeneratedRegex(
        @"\[(decision )?(?<shown>\d{4})\]\(([^)\s]*/)?(?<target>\d{4})-[^)\s]*\.md\)", RegexOptions.IgnoreCase)]
    private static partial Regex Link();

    private static bool IsComment(string line) => line.TrimStart().StartsWith("//", StringComparison.Ordinal);

    private static IEnumerable<Citation> CitationsIn(string file) =>
        Repository.Read(file).Split('\n').Index().SelectMany(line =>
            Cited().Matches(line.Item).Select(match => new Citation(file, line.Index, match.Groups["number"].Value)));
}
