namespace UserTcp.Testing.Faults;

/// <summary>Finds the name that a misspelt one may stand for.</summary>
internal static class NearestName
{
    /// <summary>A name that differs in up to a third of its characters, the nearest one; null when none does.</summary>
    public static string? Find(string word, IEnumerable<string> names) => names
        .Select(name => (Name: name, Distance: DistanceOf(word, name)))
        .Where(candidate => candidate.Distance <= Math.Max(1, candidate.Name.Length / 3))
        .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
        .Select(candidate => candidate.Name).FirstOrDefault();

    /// <summary>
    /// Characters to insert, remove or replace to turn one into the other (Levenshtein, 1965), whatever their case.
    /// </summary>
    private static int DistanceOf(string first, string second)
    {
        var row = Enumerable.Range(0, second.Length + 1).ToArray();
        for (var i = 0; i < first.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < second.Length; j++)
            {
                var isSame = char.ToUpperInvariant(first[i]) == char.ToUpperInvariant(second[j]);
                var replaced = diagonal + (isSame ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], diagonal) + 1);
            }
        }

        return row[^1];
    }
}
