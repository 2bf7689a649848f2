using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace UserTcp.Fuzz.Running;

/// <summary>The results of a range of inputs as one line of JSON; lines of several machines can be added up.</summary>
internal static class RangeReport
{
    private static readonly JsonSerializerOptions OneLine = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Line(
        string target, ulong first, ulong last, IReadOnlyList<InputRunner> runners, TimeSpan elapsed)
    {
        var features = new Features();
        foreach (var runner in runners)
            features.Merge(runner.Features);
        var coverage = new JsonObject { ["features"] = features.Count };
        foreach (var (name, count) in features.Counts)
            coverage[name] = count;
        return new JsonObject
        {
            ["tool"] = "fuzz",
            ["target"] = target,
            ["first"] = first,
            ["last"] = last,
            ["inputs"] = runners.Sum(runner => runner.Inputs),
            ["steps"] = runners.Sum(runner => runner.Steps),
            ["faults"] = runners.Sum(runner => runner.Faults),
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
            ["coverage"] = coverage,
            ["failures"] = new JsonArray(
                [.. runners.SelectMany(runner => runner.Failures).OrderBy(failure => failure.Number).Select(Node)]),
        }.ToJsonString(OneLine);
    }

    private static JsonNode Node(InputRunner.Failure failure) =>
        new JsonObject { ["seed"] = failure.Number, ["kind"] = failure.Kind, ["message"] = failure.Message };
}
