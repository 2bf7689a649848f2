using UserTcp.Conventions.Tests.Support;
using UserTcp.Conventions.Tests.Words;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>Names, comments, messages and documents use the field's words.</summary>
public class WordTests
{
    public static TheoryData<string> Words => [.. WordList.All.Select(word => word.Word)];

    [Theory]
    [MemberData(nameof(Words))]
    public void Nothing_has_the_word(string word) =>
        Expect.None(
            WordUses.Forbidden[word].Select(use => use.ToString()),
            $"Instead of \"{word}\" say: {WordList.All.Single(one => one.Word == word).Instead}.");

    [Fact]
    public void Each_exemption_is_needed() =>
        Expect.None(
            WordList.Exemptions.Where(exemption => !WordUses.All.Any(exemption.Covers)).Select(exemption => exemption.ToString()),
            "Remove these exemptions:");
}
