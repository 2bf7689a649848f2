using System.Reflection;

namespace UserTcp.Fuzz.Running;

/// <summary>
/// The checked-in inputs of a target, embedded in the program: an input's number means the same everywhere.
/// </summary>
internal static class Corpus
{
    /// <summary>The inputs of a target; none when it has no corpus.</summary>
    public static IReadOnlyList<byte[]> Of(string target)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Corpus/{target}");
        if (stream is null)
            return [];
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd());
    }

    /// <summary>Parses hexadecimal lines, one per input.</summary>
    public static IReadOnlyList<byte[]> Parse(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(Convert.FromHexString)];

    public static string Format(IEnumerable<byte[]> inputs) =>
        string.Concat(inputs.Select(input => Convert.ToHexString(input) + "\n"));
}
