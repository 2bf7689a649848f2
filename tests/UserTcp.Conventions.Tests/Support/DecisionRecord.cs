using System.Text.RegularExpressions;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>One record in docs/decisions.</summary>
/// <param name="File">Its path, relative to the root.</param>
internal sealed partial record DecisionRecord(string File)
{
    public const string Folder = "docs/decisions";

    private const string TitlePrefix = "# ";
    private const string CodePrefix = "Code: ";

    /// <summary>All records, by number.</summary>
    public static IReadOnlyList<DecisionRecord> All { get; } =
    [
        .. Repository.Files(Folder, ".md").Where(file => char.IsAsciiDigit(Path.GetFileName(file)[0]))
            .Select(file => new DecisionRecord(file)),
    ];

    /// <summary>The lines of the record.</summary>
    public IReadOnlyList<string> Lines { get; } = Repository.Read(File).TrimEnd('\n').Split('\n');

    /// <summary>The four digits at the start of the file name.</summary>
    public string Number => Path.GetFileName(File)[..4];

    /// <summary>The title without its number; null when the first line is not "# NNNN: Title".</summary>
    public string? Title => Lines[0].StartsWith($"{TitlePrefix}{Number}: ", StringComparison.Ordinal)
        ? Lines[0][(TitlePrefix.Length + Number.Length + 2)..]
        : null;

    /// <summary>
    /// Folders and files that implement the decision, from the line under the title; empty when there is no such line.
    /// </summary>
    public IEnumerable<string> Places => Lines.Count > 2 && Lines[2].StartsWith(CodePrefix, StringComparison.Ordinal)
        ? Place().Matches(Lines[2]).Select(match => match.Groups["path"].Value)
        : [];

    /// <summary>The sections with their headings, each without empty lines.</summary>
    public IEnumerable<(string Heading, IReadOnlyList<string> Body)> Sections =>
        Lines.Index().Where(line => line.Item.StartsWith("## ", StringComparison.Ordinal)).Select(line => (
            line.Item[3..],
            (IReadOnlyList<string>)[.. Lines.Skip(line.Index + 1).TakeWhile(next => !next.StartsWith('#'))
                .Where(next => next.Length > 0)]));

    /// <summary>The words of the title and of the file name.</summary>
    public IEnumerable<string> Subject => Subjects.WordsOf($"{Title} {Path.GetFileNameWithoutExtension(File)}");

    [GeneratedRegex("`(?<path>[^`]+)`")]
    private static partial Regex Place();
}
