using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using UserTcp.Conventions.Tests.Support;

namespace UserTcp.Conventions.Tests.Requirements;

/// <summary>Writes docs/rfc-map.md from the traits of the tests and from <see cref="Requirement"/>.</summary>
internal static partial class RequirementMap
{
    public const string File = "docs/rfc-map.md";
    public const string Trait = "RFC9293";
    public const string OtherTrait = "RFC";

    private const string Introduction =
        """
        # Requirement by requirement

        Generated from the tests: edit their traits, [requirements.csv](../tests/UserTcp.Conventions.Tests/Requirements/requirements.csv) or a
        [decision](decisions/README.md) instead, and see [CONTRIBUTING](../CONTRIBUTING.md#the-rules) for the command that writes it again.

        *Proven* means that a test which carries the label fails when the requirement is not met; *decided*, that a record says what is done
        about it instead, or how far it goes.

        ## RFC 9293

        """;

    public static string Print()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n")).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"{Summary()}\n\n");
        text.Append("| label | level | section | asks | status | tests |\n|---|---|---|---|---|---|\n");
        var tests = TestTrait.Named(Trait).ToLookup(trait => trait.Value, trait => trait.File);
        foreach (var requirement in Requirement.All)
        {
            var (label, level, section, _, words) = requirement;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {label} | {level} | {section} | {words} | {Status(requirement, tests.Contains(label))} | "
                + $"{Links(tests[label])} |\n");
        }

        text.Append("\n## Other RFCs\n\nWhat the tests prove of other documents, by the sections that they name.\n\n");
        text.Append("| RFC | section | tests |\n|---|---|---|\n");
        foreach (var group in TestTrait.Named(OtherTrait).GroupBy(trait => trait.Value, trait => trait.File)
            .OrderBy(group => group.Key, Natural))
        {
            var document = Document().Match(group.Key);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {document.Groups["number"].Value} | {document.Groups["place"].Value} | {Links(group)} |\n");
        }

        return text.ToString();
    }

    /// <summary>A citation of another document: its number, and the section or appendix.</summary>
    [GeneratedRegex(@"^(?<number>\d+)( (section (?<place>\d[\w.() ]*)|(?<place>appendix [A-Z][\w.]*)))?$")]
    public static partial Regex Document();

    /// <summary>Natural order: numbers in a string by value.</summary>
    private static Comparer<string> Natural { get; } =
        Comparer<string>.Create((left, right) => string.CompareOrdinal(Padded(left), Padded(right)));

    private static string Padded(string text) => Number().Replace(text, match => match.Value.PadLeft(6, '0'));

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    private static string Summary()
    {
        var proven = TestTrait.Named(Trait).Select(trait => trait.Value).ToHashSet();
        var count = Requirement.All.Count(requirement => proven.Contains(requirement.Label));
        return $"Of {Requirement.All.Count} labels {count} are proven; the others are decided.";
    }

    private static string Status(Requirement requirement, bool isProven)
    {
        var decision = requirement.DecisionFile is { } file ? $"[decided]({file["docs/".Length..]})" : null;
        return (isProven, decision) switch
        {
            (true, null) => "proven",
            (true, _) => $"proven, {decision}",
            (false, _) => decision ?? "open",
        };
    }

    private static string Links(IEnumerable<string> files) =>
        string.Join(", ", files.Distinct().Select(file => $"[{Path.GetFileNameWithoutExtension(file)}](../{file})"));
}
