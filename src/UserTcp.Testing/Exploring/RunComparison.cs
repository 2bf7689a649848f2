namespace UserTcp.Testing.Exploring;

/// <summary>Compares what happened in two runs.</summary>
internal static class RunComparison
{
    /// <summary>Lines before the first difference that are shown.</summary>
    private const int Context = 3;

    /// <summary>The first difference in words; null when the order is the same.</summary>
    public static string? FindDifference(VirtualTrace first, VirtualTrace second)
    {
        if (first.OrderHash == second.OrderHash)
            return null;
        var (one, two) = (first.Lines, second.Lines);
        var line = 0;
        while (line < one.Count && line < two.Count && one[line] == two[line])
            line++;
        var before = one.Skip(Math.Max(0, line - Context)).Take(Math.Min(Context, line))
            .Select(text => $"  both: {text}");
        return $"Two runs with the same seed differ from line {line + 1} on:\n"
            + string.Join('\n', before.Append($" first: {LineOf(one, line)}").Append($"second: {LineOf(two, line)}"))
            + "\nSomething that the seed does not decide has an effect: random numbers, hash codes of strings, the "
            + "time of day, what an earlier run has left behind, or another thread.";
    }

    private static string LineOf(IReadOnlyList<string> lines, int line) =>
        line < lines.Count ? lines[line] : "(nothing more)";
}
