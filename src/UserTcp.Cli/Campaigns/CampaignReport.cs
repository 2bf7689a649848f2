using System.Globalization;
using System.Text.Json.Nodes;

namespace UserTcp.Cli.Campaigns;

/// <summary>Says what a campaign covered, for people or as one JSON line.</summary>
internal static class CampaignReport
{
    public static void Print(Campaign campaign, TextWriter output)
    {
        foreach (var (name, group) in campaign.Groups)
            Print(name, group, output);
        foreach (var line in campaign.Broken)
            output.WriteLine($"broken line: {line}");
        output.WriteLine(campaign.IsClean ? "clean" : campaign.Groups.Count == 0 ? "no results" : "not clean");
    }

    public static JsonObject ToJson(Campaign campaign) => new()
    {
        ["tool"] = "campaign",
        ["clean"] = campaign.IsClean,
        ["groups"] = new JsonArray([.. campaign.Groups.Select(pair => ToJson(pair.Key, pair.Value))]),
        ["broken"] = Array(campaign.Broken),
    };

    private static void Print(string name, Campaign.Group group, TextWriter output)
    {
        var ranges = group.Ranges;
        output.WriteLine(
            Line($"{name}: {ranges.Count} covered by {group.Results} results, {group.Duplicates} duplicates: ")
            + List(ranges.Covered));
        PrintCounts("sums", group.Sums);
        foreach (var (map, counts) in group.Met)
        {
            PrintCounts(map, counts.Where(pair => pair.Value != 0));
            if (counts.Any(pair => pair.Value == 0))
            {
                output.WriteLine($"  {map} never met: "
                    + $"{string.Join(", ", counts.Where(pair => pair.Value == 0).Select(pair => pair.Key))}");
            }
        }

        PrintRanges("gaps", group.Gaps);
        PrintRanges("overlaps", ranges.Overlaps);
        PrintRanges("not all run", group.Incomplete);
        PrintRanges("two different results", group.Conflicts);
        foreach (var failure in group.Failures)
            output.WriteLine($"  FAIL {failure}");

        void PrintCounts(string title, IEnumerable<KeyValuePair<string, decimal>> counts) => output.WriteLine(
            $"  {title}: {string.Join(", ", counts.Select(pair => Line($"{pair.Key} {pair.Value}")))}");

        void PrintRanges(string title, IReadOnlyList<SeedRange> found)
        {
            if (found.Count > 0)
                output.WriteLine($"  {title}: {List(found)}");
        }
    }

    private static JsonObject ToJson(string name, Campaign.Group group) => new()
    {
        ["name"] = name,
        ["covered"] = Array(group.Ranges.Covered),
        // More than 64 bits can hold when it is all of them.
        ["count"] = JsonValue.Create(group.Ranges.Count.ToString(CultureInfo.InvariantCulture)),
        ["results"] = group.Results,
        ["duplicates"] = group.Duplicates,
        ["gaps"] = Array(group.Gaps),
        ["overlaps"] = Array(group.Ranges.Overlaps),
        ["incomplete"] = Array(group.Incomplete),
        ["conflicts"] = Array(group.Conflicts),
        ["failures"] = new JsonArray([.. group.Failures.Select(failure => JsonNode.Parse(failure))]),
        ["sums"] = Counts(group.Sums),
        ["met"] = new JsonObject(group.Met.Select(map => KeyValuePair.Create(map.Key, (JsonNode?)Counts(map.Value)))),
        ["neverMet"] = new JsonObject(group.Met.Select(map => KeyValuePair.Create(
            map.Key, (JsonNode?)Array(map.Value.Where(pair => pair.Value == 0).Select(pair => pair.Key))))),
    };

    private static JsonObject Counts(IReadOnlyDictionary<string, decimal> counts) =>
        new(counts.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    private static JsonArray Array<T>(IEnumerable<T> items) =>
        new([.. items.Select(item => JsonValue.Create(item!.ToString()))]);

    private static string List(IReadOnlyList<SeedRange> ranges)
    {
        const int Most = 20;
        var shown = string.Join(", ", ranges.Take(Most));
        return ranges.Count <= Most ? shown : Line($"{shown} and {ranges.Count - Most} more");
    }

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}
