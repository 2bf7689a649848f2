namespace UserTcp.Mutants;

/// <summary>
/// A bug to be planted: one place in one file, and what stands there instead. The list is text:
/// <code>
/// [name] path/of/the/file.cs
/// what it breaks
/// - what stands there, as it stands there; several lines are several of these
/// + what is to stand there; none at all takes the text out
/// </code>
/// Empty lines and lines that start with # mean nothing.
/// </summary>
internal sealed record Mutant(string Name, string File, string Breaks, string Original, string Replacement)
{
    /// <summary>The folder of the project that the file belongs to.</summary>
    public string Project => string.Join('/', File.Split('/').Take(2));

    /// <summary>How often the text stands in a source; anything but once is a mutant that has gone stale.</summary>
    public int OccurrencesIn(string source)
    {
        var count = 0;
        for (var at = source.IndexOf(Original, StringComparison.Ordinal); at >= 0; at = source.IndexOf(Original, at + 1, StringComparison.Ordinal))
            count++;
        return count;
    }

    /// <summary>The source with the bug in it.</summary>
    public string PlantIn(string source) => source.Replace(Original, Replacement, StringComparison.Ordinal);

    /// <exception cref="FormatException">The list is not of the form above; the message says where.</exception>
    public static IReadOnlyList<Mutant> ReadAll(string listFile)
    {
        var mutants = new List<Mutant>();
        var block = new List<string>();
        foreach (var line in System.IO.File.ReadLines(listFile).Where(line => line.Length > 0 && line[0] != '#').Append("["))
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
        var text = Lines(block, '-');
        if (block[0][0] != '[' || close < 0 || text.Length == 0)
            throw new FormatException($"Not a mutant: {block[0]}");
        var breaks = string.Join(' ', block.Skip(1).Where(line => line[0] is not ('-' or '+')));
        return new Mutant(block[0][1..close], block[0][(close + 2)..], breaks, text, Lines(block, '+'));
    }

    private static string Lines(List<string> block, char mark) =>
        string.Join('\n', block.Where(line => line[0] == mark).Select(line => line.Length > 2 ? line[2..] : ""));
}
