using System.Globalization;
using System.Text.RegularExpressions;
using UserTcp.Conventions.Tests.Support;

namespace UserTcp.Conventions.Tests.Requirements;

/// <summary>One line of <c>requirements.csv</c>: a requirement of RFC 9293 (appendix B) in our own words.</summary>
/// <param name="Label">What the RFC calls it.</param>
/// <param name="Level">How strongly it is put.</param>
/// <param name="Section">Where it is put.</param>
/// <param name="Decision">The number of the record that says what we do about it; empty when we simply do it.</param>
/// <param name="Words">What it asks for.</param>
internal sealed partial record Requirement(string Label, string Level, string Section, string Decision, string Words)
{
    public const string File = "tests/UserTcp.Conventions.Tests/Requirements/requirements.csv";

    private const string Header = "label,level,section,decision,words";

    public static IReadOnlyList<Requirement> All { get; } = Parse();

    /// <summary>The labels that the RFC has, in its order.</summary>
    public static IReadOnlyList<string> Labels { get; } =
        [.. Numbered("MUST", 69), .. Numbered("SHLD", 31), .. Numbered("MAY", 18), .. Numbered("REC", 1)];

    /// <summary>The record in docs/decisions, relative to the root; null when there is none.</summary>
    public string? DecisionFile => Decision.Length == 0 ? null : Decisions.GetValueOrDefault(Decision, $"docs/decisions/{Decision}");

    private static Dictionary<string, string> Decisions { get; } =
        Repository.Files("docs/decisions", ".md").Where(file => char.IsAsciiDigit(Path.GetFileName(file)[0]))
            .ToDictionary(file => Path.GetFileName(file)[..4]);

    [GeneratedRegex("""^(?<label>[A-Z]+-\d+),(?<level>[A-Z ]+),(?<section>[\d.]+),(?<decision>\d{4})?,"(?<words>[^"|]+)"$""")]
    private static partial Regex Line();

    private static List<Requirement> Parse()
    {
        var lines = Repository.Read(File).TrimEnd('\n').Split('\n');
        return lines[0] == Header
            ? [.. lines.Skip(1).Select(Parse)]
            : throw new InvalidDataException($"{File} begins with something other than {Header}.");
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
