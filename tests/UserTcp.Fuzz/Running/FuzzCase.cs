using System.Globalization;

namespace UserTcp.Fuzz.Running;

/// <summary>An input that has found something, as a file: what is replayed, and what becomes a regression.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Kind">What it broke when it was found.</param>
/// <param name="Input">The input.</param>
internal sealed record FuzzCase(string Target, string Kind, byte[] Input)
{
    private const int BytesPerLine = 32;

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="FormatException">It is no such file.</exception>
    public static FuzzCase Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines is not [var target, var kind, .. var hex] || !target.StartsWith("target ", StringComparison.Ordinal) ||
            !kind.StartsWith("kind ", StringComparison.Ordinal))
        {
            throw new FormatException("A fuzz case starts with a line 'target NAME' and a line 'kind WHAT'.");
        }

        return new FuzzCase(target[7..], kind[5..], Convert.FromHexString(string.Concat(hex)));
    }

    public string Format() =>
        $"target {Target}\nkind {Kind}\n" + string.Concat(Input.Chunk(BytesPerLine).Select(bytes => Convert.ToHexString(bytes) + "\n"));

    /// <summary>A file name that says what and which.</summary>
    public string FileName()
    {
        var words = string.Concat(Kind.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        return string.Create(
            CultureInfo.InvariantCulture, $"{Target}-{words[..Math.Min(words.Length, 60)]}-{HashOf(Input):x8}.fuzz");
    }

    private static uint HashOf(byte[] bytes) => bytes.Aggregate(2_166_136_261u, (hash, value) => unchecked((hash ^ value) * 16_777_619));
}
