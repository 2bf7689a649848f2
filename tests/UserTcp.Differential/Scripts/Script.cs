namespace UserTcp.Differential.Scripts;

/// <summary>A sequence of steps. Its format: a step per line, comments after #.</summary>
internal sealed record Script(IReadOnlyList<Step> Steps)
{
    /// <summary>The peer's initial sequence number.</summary>
    public uint PeerStart { get; init; } = uint.MaxValue - 3;

    /// <summary>The engine's initial sequence number. The kernel chooses its own.</summary>
    public uint StackStart { get; init; } = int.MaxValue - 3;

    /// <exception cref="ScriptException">A line cannot be parsed.</exception>
    public static Script Parse(string text)
    {
        var steps = new List<Step>();
        var script = new Script(steps);
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var (words, comment) = Split(line);
            if (words.Length == 0)
                continue;
            if (words[0] == "peer")
                script = script with { PeerStart = StartOf(words, number) };
            else if (words[0] == "stack")
                script = script with { StackStart = StartOf(words, number) };
            else
                steps.Add(StepFormat.Read(words, comment, number));
        }

        return script;
    }

    public override string ToString() =>
        $"peer {PeerStart}\nstack {StackStart}\n{string.Concat(Steps.Select(step => $"{step}\n"))}";

    private static (string[] Words, string? Comment) Split(string line)
    {
        var hash = line.IndexOf('#', StringComparison.Ordinal);
        var comment = hash < 0 ? null : line[(hash + 1)..].Trim();
        var code = hash < 0 ? line : line[..hash];
        return (code.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), comment);
    }

    private static uint StartOf(string[] words, int line) =>
        words.Length == 2 && uint.TryParse(words[1], out var start)
            ? start
            : throw new ScriptException(
                line, "the line has no initial sequence number", $"write: {words[0]} 4294967292");
}
