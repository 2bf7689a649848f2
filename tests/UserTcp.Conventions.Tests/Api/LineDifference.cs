namespace UserTcp.Conventions.Tests.Api;

/// <summary>The lines in which two printed APIs differ, each under the type it belongs to.</summary>
internal static class LineDifference
{
    public static IEnumerable<string> Between(string before, string after)
    {
        var (old, now) = (Lines(before), Lines(after));
        return old.Except(now).Select(line => (line, sign: '-'))
            .Concat(now.Except(old).Select(line => (line, sign: '+')))
            .GroupBy(entry => entry.line.Owner)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => group
                .Where(entry => !entry.line.IsOwner)
                .OrderBy(entry => entry.line.Text, StringComparer.Ordinal)
                .Select(entry => $"    {entry.sign} {entry.line.Text}")
                .Prepend($"{group.Where(entry => entry.line.IsOwner).Select(entry => entry.sign).FirstOrDefault(' ')} "
                    + $"{group.Key}"));
    }

    private static List<Line> Lines(string text)
    {
        var lines = new List<Line>();
        var owner = "";
        foreach (var line in text.Split('\n'))
        {
            var isOwner = line.Length > 0 && line[0] != ' ';
            if (isOwner)
                owner = line;
            if (line.Length > 0)
                lines.Add(new Line(owner, line.Trim(), isOwner));
        }

        return lines;
    }

    private readonly record struct Line(string Owner, string Text, bool IsOwner);
}
