using System.Text.RegularExpressions;
using Xunit;

namespace UserTcp.Kit;

/// <summary>Words that lessons have in English and in Korean.</summary>
internal static partial class TwoLanguages
{
    /// <summary>Terms of code and RFCs, which Korean writes as they are.</summary>
    private static readonly HashSet<string> Terms =
        ["cwnd", "ssthresh", "backoff", "connect", "abort", "half", "close", "sock", "persist", "shutdown"];

    /// <summary>Asserts that both are there, and that no English sentence stands in the Korean.</summary>
    public static void AssertBoth(string english, string korean)
    {
        Assert.False(string.IsNullOrWhiteSpace(english), $"There is no English for: {korean}");
        Assert.False(string.IsNullOrWhiteSpace(korean), $"There is no Korean for: {english}");
        Assert.False(Hangul().IsMatch(english), $"Korean stands in the English: {english}");
        Assert.All(
            korean.Split(Ends, StringSplitOptions.RemoveEmptyEntries),
            sentence => Assert.True(
                Hangul().IsMatch(sentence) || !EnglishWord().Matches(sentence).Any(word => !Terms.Contains(word.Value)),
                $"English stands in the Korean: {sentence}"));
    }

    private static readonly string[] Ends = [". ", "! ", "? ", "; "];

    [GeneratedRegex("[가-힣]")]
    private static partial Regex Hangul();

    /// <summary>A word in small letters that is no name and no unit.</summary>
    [GeneratedRegex(@"(?<![\w-])[a-z]{4,}(?![\w-])")]
    private static partial Regex EnglishWord();
}
