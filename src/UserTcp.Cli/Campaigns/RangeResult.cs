using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace UserTcp.Cli.Campaigns;

/// <summary>
/// The result of one range: a JSON object on one line. It has "tool", "first", "last", a "target" if the tool has
/// several, and "failures" with one element for each. Each other number adds up over ranges. An object of numbers
/// counts events by name, with 0 for those that did not happen.
/// </summary>
internal sealed record RangeResult
{
    /// <summary>Names that count the inputs of the range itself.</summary>
    private static readonly string[] InputCounts = ["seeds", "inputs"];

    /// <summary>The tool, with its target after a slash where it has one.</summary>
    public required string Group { get; init; }

    public required SeedRange Range { get; init; }

    /// <summary>One JSON text for each.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];

    public IReadOnlyDictionary<string, decimal> Numbers { get; init; } = new Dictionary<string, decimal>();

    /// <summary>By the object's name: how often each thing was met.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, decimal>> Met { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, decimal>>();

    /// <summary>False when the tool says itself that it has not run all of the range.</summary>
    public bool IsComplete =>
        InputCounts.All(name => !Numbers.TryGetValue(name, out var count) || count == (decimal)Range.Count);

    /// <summary>Reads a line; the problem says what is wrong with it.</summary>
    public static bool TryParse(
        string line, [NotNullWhen(true)] out RangeResult? result, [NotNullWhen(false)] out string? problem)
    {
        (result, problem) = (null, null);
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            problem = FindProblem(root);
            if (problem is not null)
                return false;
            result = Read(root);
            return true;
        }
        catch (Exception exception)
            when (exception is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            problem = $"no result: {exception.Message}";
            return false;
        }
    }

    /// <summary>True for the same range with the same result. How long it took does not count.</summary>
    public bool HasSameResult(RangeResult other) =>
        Range == other.Range && Group == other.Group && Failures.SequenceEqual(other.Failures)
        && Same(Numbers, other.Numbers) && Met.Count == other.Met.Count
        && Met.All(map => other.Met.TryGetValue(map.Key, out var counts) && Same(map.Value, counts));

    private static string? FindProblem(JsonElement root) => root switch
    {
        { ValueKind: not JsonValueKind.Object } => "not a JSON object",
        _ when !root.TryGetProperty("tool", out var tool) || tool.ValueKind != JsonValueKind.String =>
            "it names no \"tool\"",
        _ when !root.TryGetProperty("failures", out var failures) || failures.ValueKind != JsonValueKind.Array =>
            "it has no \"failures\"",
        _ when !TryReadRange(root, out _) => "\"first\" and \"last\" are no range",
        _ => null,
    };

    private static bool TryReadRange(JsonElement root, out SeedRange range)
    {
        range = default;
        if (!root.TryGetProperty("first", out var first) || !root.TryGetProperty("last", out var last)
            || first.ValueKind != JsonValueKind.Number || last.ValueKind != JsonValueKind.Number
            || !first.TryGetUInt64(out var from) || !last.TryGetUInt64(out var to) || to < from)
        {
            return false;
        }

        range = new SeedRange(from, to);
        return true;
    }

    private static RangeResult Read(JsonElement root)
    {
        TryReadRange(root, out var range);
        var tool = root.GetProperty("tool").GetString()!;
        var hasTarget = root.TryGetProperty("target", out var target) && target.ValueKind == JsonValueKind.String;
        var numbers = new Dictionary<string, decimal>();
        var met = new Dictionary<string, IReadOnlyDictionary<string, decimal>>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name is "first" or "last")
                continue;
            if (property.Value.ValueKind == JsonValueKind.Number)
                numbers[property.Name] = property.Value.GetDecimal();
            else if (property.Value.ValueKind == JsonValueKind.Object)
                met[property.Name] = ReadCounts(property.Value);
        }

        return new RangeResult
        {
            Group = hasTarget ? $"{tool}/{target.GetString()}" : tool,
            Range = range,
            Failures = [.. root.GetProperty("failures").EnumerateArray()
                .Select(failure => JsonNode.Parse(failure.GetRawText())!.ToJsonString())],
            Numbers = numbers,
            Met = met,
        };
    }

    private static Dictionary<string, decimal> ReadCounts(JsonElement counts) => counts.EnumerateObject()
        .Where(count => count.Value.ValueKind == JsonValueKind.Number)
        .ToDictionary(count => count.Name, count => count.Value.GetDecimal());

    private static bool Same(IReadOnlyDictionary<string, decimal> one, IReadOnlyDictionary<string, decimal> other) =>
        Without(one).Count() == Without(other).Count()
        && Without(one).All(pair => other.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static IEnumerable<KeyValuePair<string, decimal>> Without(IReadOnlyDictionary<string, decimal> numbers) =>
        numbers.Where(pair => pair.Key != "seconds");
}
