using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using UserTcp.Engine.Contract;
using UserTcp.Soak.Sampling;

namespace UserTcp.Soak;

/// <summary>The output of a run: a table and one JSON line.</summary>
internal static class Report
{
    /// <summary>The engines' counters of events that end or lose a connection.</summary>
    private static readonly Counter[] Counters =
    [
        Counter.ActiveOpens, Counter.PassiveOpens, Counter.AttemptFails, Counter.EstablishedResets, Counter.ResetsSent,
        Counter.TimedOut, Counter.TimeWaits, Counter.TimeWaitOverflows, Counter.OrphansReset,
        Counter.DroppedListenFull, Counter.DroppedMemory,
        Counter.DroppedReply, Counter.DroppedBadChecksum, Counter.SegmentsReceived, Counter.SegmentsSent,
        Counter.SegmentsRetransmitted, Counter.DataReceived, Counter.DataSent,
    ];

    public static void Print(
        TextWriter output, SoakOptions options, Soak soak, World world, Verdict verdict, Findings findings)
    {
        output.WriteLine(Line($"{"",-24} {"a hour",12} {"95 % from",12} {"to",12} {"limit",8}"));
        foreach (var (limit, slope, trend) in verdict.Judgements)
        {
            output.WriteLine(
                Line($"{limit.Name,-24} {slope.PerHour,12:0.000} {slope.Low,12:0.000} {slope.High,12:0.000} ")
                + Line($"{limit.MaxPerHour,8:0.###} {limit.Unit,-3} {trend.ToString().ToLowerInvariant()}"));
        }

        output.WriteLine();
        if (soak.Settled.Count > 0)
            output.WriteLine($"after the warm-up {soak.Settled[0]}\nat the end        {soak.Settled[^1]}");
        if (soak.Loaded.Count > 0)
            output.WriteLine($"max at once       {Max(soak.Loaded)}");
        output.WriteLine();
        foreach (var (name, count) in findings.Counts)
            output.WriteLine(Line($"{count,12} {name}"));
        foreach (var (name, count) in world.Resets.Counts())
            output.WriteLine(Line($"{count,12} resets {name}"));
        foreach (var (counter, count) in Sum(world))
            output.WriteLine(Line($"{count,12} {counter}"));
        output.WriteLine();
        foreach (var finding in findings.Kept)
            output.WriteLine($"FAIL {finding}");
        output.WriteLine(
            Line($"{findings.Total} findings in {findings.Elapsed.TotalSeconds:0} s, seed {options.Seed}"));
        output.WriteLine(ToJson(options, soak, world, verdict, findings).ToJsonString());
    }

    private static JsonObject ToJson(
        SoakOptions options, Soak soak, World world, Verdict verdict, Findings findings) => new()
        {
            ["tool"] = "soak",
            ["seed"] = options.Seed,
            ["load"] = options.Load,
            ["seconds"] = Math.Round(findings.Elapsed.TotalSeconds, 1),
            ["findings"] = findings.Total,
            ["failures"] = new JsonArray([.. findings.Kept.Select(finding => JsonValue.Create(finding))]),
            ["slopes"] = new JsonObject(verdict.Judgements.Select(judgement =>
                KeyValuePair.Create(judgement.Limit.Name, (JsonNode?)new JsonObject
                {
                    ["perHour"] = Number(judgement.Slope.PerHour),
                    ["low"] = Number(judgement.Slope.Low),
                    ["high"] = Number(judgement.Slope.High),
                    ["limit"] = judgement.Limit.MaxPerHour,
                    ["trend"] = judgement.Trend.ToString().ToLowerInvariant(),
                }))),
            ["start"] = Node(soak.Settled.Count > 0 ? soak.Settled[0] : null),
            ["end"] = Node(soak.Settled.Count > 0 ? soak.Settled[^1] : null),
            ["max"] = Node(soak.Loaded.Count > 0 ? Max(soak.Loaded) : null),
            ["counts"] = Counts(findings.Counts),
            ["resets"] = Counts(world.Resets.Counts()),
            ["counters"] = Counts(Sum(world)),
        };

    // JSON has no infinity: an unbounded value is null.
    private static JsonValue? Number(double value) =>
        double.IsFinite(value) ? JsonValue.Create(Math.Round(value, 4)) : null;

    private static JsonObject Counts(IEnumerable<KeyValuePair<string, long>> counts) =>
        new(counts.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    private static JsonNode? Node(Sample? sample) => JsonSerializer.SerializeToNode(sample, JsonSerializerOptions.Web);

    private static Dictionary<string, long> Sum(World world)
    {
        var sum = EngineCounters.Sum(world.Stacks.Select(stack => stack.GetCounters()));
        return Counters.ToDictionary(counter => counter.ToString(), counter => sum[counter]);
    }

    private static Sample Max(IReadOnlyList<Sample> samples) => new()
    {
        Hours = samples[^1].Hours,
        Rss = samples.Max(sample => sample.Rss),
        Heap = samples.Max(sample => sample.Heap),
        Pinned = samples.Max(sample => sample.Pinned),
        Descriptors = samples.Max(sample => sample.Descriptors),
        Threads = samples.Max(sample => sample.Threads),
        Blocks = samples.Max(sample => sample.Blocks),
        Timers = samples.Max(sample => sample.Timers),
        Connections = samples.Max(sample => sample.Connections),
        TimeWaits = samples.Max(sample => sample.TimeWaits),
    };

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}
