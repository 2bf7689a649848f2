using System.Globalization;
using System.Text.RegularExpressions;
using UserTcp.Conventions.Tests.Support;

namespace UserTcp.Conventions.Tests.Requirements;

/// <summary>One line of <c>requirements.csv</c>: a requirement of RFC 9293 (appendix B) in our own words.</summary>
/// <param name="Label">Its label in the RFC.</param>
/// <param name="Level">MUST, SHOULD and so on.</param>
/// <param name="Section">Its section.</param>
/// <param name="Decision">The number of the decision about it; empty when it is implemented as it stands.</param>
/// <param name="Words">The requirement in our words.</param>
internal sealed partial record Requirement(string Label, string Level, string Section, string Decision, string Words)
{
    public const string File = "tests/UserTcp.Conventions.Tests/Requirements/requirements.csv";

    private const string Header = "label,level,section,decision,words";

    public static IReadOnlyList<Requirement> All { get; } = Parse();

    /// <summary>The labels of the RFC in its order.</summary>
    public static IReadOnlyList<string> Labels { get; } =
        [.. Numbered("MUST", 69), .. Numbered("SHLD", 31), .. Numbered("MAY", 18), .. Numbered("REC", 1)];

    /// <summary>The record in docs/decisions, relative to the root; null when there is none.</summary>
    public string? DecisionFile =>
        Decision.Length == 0 ? null : Decisions.GetValueOrDefault(Decision, $"docs/decisions/{Decision}");

    private static Dictionary<string, string> Decisions { get; } =
        Repository.Files("docs/decisions", ".md").Where(file => char.IsAsciiDigit(Path.GetFileName(file)[0]))
            .ToDictionary(file => Path.GetFileName(file)[..4]);

    [GeneratedRegex(
        """^(?<label>[A-Z]+-\d+),(?<level>[A-Z ]+),(?<section>[\d.]+),(?<decision>\d{4})?,"(?<words>[^"|]+)"$""")]
    private static partial Regex Line();

    private static List<Requirement> Parse()
    {
        var lines = Repository.Read(File).TrimEnd('\n').Split('\n');
        return lines[0] == Header
            ? [.. lines.Skip(1).Select(Parse)]
            : throw new InvalidDataException($"{File} does not begin with {Header}.");
    }

    private static Requirement Parse(string line)
    {
        var match = Line().Match(line);
        return match.Success
            ? new Requirement(Of("label"), Of("level"), Of("section"), Of("decision"), Of("words"))
            : throw new InvalidDataException($"{File} has a line that is not {Header}: {line}");

        string Of(string group) => match.Groups[group].Value;
    }

    private static IEnumerable<string> Numbered(string level, int count) =>
        Enumerable.Range(1, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"{level}-{number}"));
}
