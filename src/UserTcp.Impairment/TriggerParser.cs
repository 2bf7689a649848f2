namespace UserTcp.Impairment;

/// <summary>Reads and writes a trigger: <c>ACTION=KIND:NUMBERS[:TIME][:DIRECTION]</c>.</summary>
internal static class TriggerParser
{
    private const string FromStack = "from-stack";
    private const string ToStack = "to-stack";

    private static readonly (string Name, LinkTriggerAction Action, string Example)[] Actions =
    [
        ("drop", LinkTriggerAction.Drop, "drop=fin:1"), ("hold", LinkTriggerAction.Hold, "hold=data:3:200ms"),
        ("dup", LinkTriggerAction.Duplicate, "dup=syn-ack:1"),
        ("reorder", LinkTriggerAction.Reorder, "reorder=data:2"),
        ("corrupt", LinkTriggerAction.Corrupt, "corrupt=data:2"), ("mark", LinkTriggerAction.Mark, "mark=data:4"),
    ];

    /// <summary>The names that a probability does not have as well.</summary>
    public static IEnumerable<string> OwnNames => ["drop", "hold", "mark"];

    /// <summary>True when a trigger can have this name.</summary>
    public static bool HasName(string name) => Array.Exists(Actions, entry => entry.Name == name);

    /// <summary>True when a value of this name is a trigger.</summary>
    public static bool IsTrigger(string name, string value) =>
        HasName(name) && (OwnNames.Contains(name) || value.Contains(':', StringComparison.Ordinal)
            || PacketPattern.TryParseKind(value, out _));

    /// <summary>Reads a trigger; returns the problem with it, or null.</summary>
    public static string? Parse(string name, string value, out LinkTrigger? trigger)
    {
        trigger = null;
        var (_, action, example) = Array.Find(Actions, entry => entry.Name == name);
        if (value.Length == 0)
            return $"'{name}' has no value: write it as in {example}";
        var words = value.Split(':', StringSplitOptions.TrimEntries);
        if (!PacketPattern.TryParseKind(words[0], out var kind))
            return $"'{words[0]}' in {name}={value} is not a kind of packet: use {PacketPattern.Kinds}";
        if (words.Length < 2)
            return $"'{words[0]}' in {name}={value} has no number: write it as in {example}";
        if (!PacketPattern.TryParseNumbers(kind, words[1], out var packets, out var problem))
            return $"{problem.Replace('"', '\'')} (in {name}={value})";
        trigger = new LinkTrigger(action, packets);
        foreach (var word in words.AsSpan(2))
            problem ??= ParseWord(word, $"{name}={value}", ref trigger);
        if (problem is null && action == LinkTriggerAction.Hold && trigger.Time == TimeSpan.Zero)
            return $"{name}={value} has no time: write it as in {example}";
        return problem;
    }

    public static string Format(LinkTrigger trigger)
    {
        var name = Array.Find(Actions, entry => entry.Action == trigger.Action).Name;
        var time = trigger.Time > TimeSpan.Zero ? $":{ImpairmentParser.FormatTime(trigger.Time)}" : "";
        var direction = trigger.Direction switch
        {
            LinkTriggerDirection.FromStack => $":{FromStack}",
            LinkTriggerDirection.ToStack => $":{ToStack}",
            _ => "",
        };
        return $"{name}={trigger.Packets}{time}{direction}";
    }

    /// <summary>Reads the time or the direction; returns the problem with it, or null.</summary>
    private static string? ParseWord(string word, string text, ref LinkTrigger trigger)
    {
        if (word is FromStack or ToStack && trigger.Direction == LinkTriggerDirection.Both)
        {
            trigger = trigger with
            {
                Direction = word == ToStack ? LinkTriggerDirection.ToStack : LinkTriggerDirection.FromStack,
            };
            return null;
        }

        if (trigger.Action != LinkTriggerAction.Hold)
            return $"'{word}' in {text} is not a direction: use {FromStack} or {ToStack}";
        if (trigger.Time > TimeSpan.Zero || !ImpairmentParser.TryTime(word, out var time) || time == TimeSpan.Zero)
            return $"'{word}' in {text} is neither {ImpairmentParser.Duration}, nor {FromStack} or {ToStack}";
        trigger = trigger with { Time = time };
        return null;
    }
}
