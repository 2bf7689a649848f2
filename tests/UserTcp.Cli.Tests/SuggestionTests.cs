using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>"Did you mean" for a word that is wrong.</summary>
public sealed class SuggestionTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("jsn", "json", 1)]
    [InlineData("sotp", "stop", 1)]
    [InlineData("abc", "cba", 2)]
    public void The_distance_counts_edits(string from, string to, int distance)
    {
        Assert.Equal(distance, Suggestion.Distance(from, to));
        Assert.Equal(distance, Suggestion.Distance(to, from));
    }

    [Theory]
    [InlineData("wtach", "watch")]
    [InlineData("docter", "doctor")]
    [InlineData("frobnicate", null)]
    [InlineData("x", null)]
    public void The_nearest_word_is_found_unless_all_are_far(string word, string? known) =>
        Assert.Equal(known, Suggestion.Find(word, ["demo", "lab", "watch", "doctor"]));

    [Fact]
    public void A_very_long_word_is_like_none() => Assert.Null(Suggestion.Find(new string('a', 100_000), ["a"]));
}
