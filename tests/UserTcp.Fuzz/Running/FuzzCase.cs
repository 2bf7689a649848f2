using System.Globalization;

namespace UserTcp.Fuzz.Running;

/// <summary>An input with a finding, as a file to replay or to keep as a regression.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Kind">The rule that it broke.</param>
/// <param name="Input">The input.</param>
internal sealed record FuzzCase(string Target, string Kind, byte[] Input)
{
    private const int BytesPerLine = 32;

    /// <summary>Parses a file.</summary>
    /// <exception cref="FormatException">The file has another format.</exception>
    public static FuzzCase Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines is not [var target, var kind, .. var hex]
            || !target.StartsWith("target ", StringComparison.Ordinal)
            || !kind.StartsWith("kind ", StringComparison.Ordinal))
        {
            throw new FormatException("A fuzz case starts with a line 'target NAME' and a line 'kind WHAT'.");
        }

        return new FuzzCase(target[7..], kind[5..], Convert.FromHexString(string.Concat(hex)));
    }

    public string Format() =>
        $"target {Target}\nkind {Kind}\n"
        + string.Concat(Input.Chunk(BytesPerLine).Select(bytes => Convert.ToHexString(bytes) + "\n"));

    /// <summary>A file name from target, kind and a hash of the input.</summary>
    public string FileName()
    {
        var words = string.Concat(Kind.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        return string.Create(
            CultureInfo.InvariantCulture, $"{Target}-{words[..Math.Min(words.Length, 60)]}-{HashOf(Input):x8}.fuzz");
    }

    private static uint HashOf(byte[] bytes) =>
        bytes.Aggregate(2_166_136_261u, (hash, value) => unchecked((hash ^ value) * 16_777_619));
}
