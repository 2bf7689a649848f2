namespace UserTcp.Mutants;

/// <summary>
/// A mutant: a replacement at one place in one file. The format of the list:
/// <code>
/// [name] path/of/the/file.cs
/// the rule that it breaks
/// - a line of the original; several lines are several of these
/// + a line of the replacement; none removes the original
/// </code>
/// Empty lines and lines that start with # are ignored.
/// </summary>
internal sealed record Mutant(string Name, string File, string Breaks, string Original, string Replacement)
{
    /// <summary>The folder of the file's project.</summary>
    public string Project => string.Join('/', File.Split('/').Take(2));

    /// <summary>Counts the original in a source; any count but one makes the mutant stale.</summary>
    public int CountIn(string source)
    {
        var count = 0;
        for (var at = source.IndexOf(Original, StringComparison.Ordinal); at >= 0;
            at = source.IndexOf(Original, at + 1, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    /// <summary>The source with the replacement.</summary>
    public string ApplyTo(string source) => source.Replace(Original, Replacement, StringComparison.Ordinal);

    /// <exception cref="FormatException">The list has another format; the message names the line.</exception>
    public static IReadOnlyList<Mutant> ReadAll(string listFile)
    {
        var mutants = new List<Mutant>();
        var block = new List<string>();
        foreach (var line in System.IO.File.ReadLines(listFile).Where(line => line.Length > 0 && line[0] != '#')
            .Append("["))
        {
            if (line[0] == '[' && block.Count > 0)
            {
                mutants.Add(Read(block));
                block.Clear();
            }

            block.Add(line);
        }

        return mutants;
    }

    private static Mutant Read(List<string> block)
    {
        var close = block[0].IndexOf("] ", StringComparison.Ordinal);
        var original = Lines(block, '-');
        if (block[0][0] != '[' || close < 0 || original.Length == 0)
            throw new FormatException($"Not a mutant: {block[0]}");
        var breaks = string.Join(' ', block.Skip(1).Where(line => line[0] is not ('-' or '+')));
        return new Mutant(block[0][1..close], block[0][(close + 2)..], breaks, original, Lines(block, '+'));
    }

    private static string Lines(List<string> block, char prefix) =>
        string.Join('\n', block.Where(line => line[0] == prefix).Select(line => line.Length > 2 ? line[2..] : ""));
}
