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
            WordList.Exemptions.Where(exemption => !WordUses.All.Any(exemption.Covers))
                .Select(exemption => exemption.ToString()),
            "Remove these exemptions:");

    [Theory]
    [InlineData("int TextLength;", "text")]
    [InlineData("byte[] _text;", "text")]
    [InlineData("void Closing_with_text_unread() { }", "text")]
    [InlineData("void M() { var text = new byte[2]; }", "text")]
    [InlineData("void M() { (byte[] Text, int B) pair = default; }", "text")]
    [InlineData("void M() { foreach (var text in new[] { 1, 2 }) { } }", "text")]
    [InlineData("void M(int leastLength) { }", "least")]
    [InlineData("void Text_that_is_sent_again() { }", "sent again", "text")]
    [InlineData("int _a; // The octets of text that are outstanding.", "text")]
    [InlineData("int _a; // What is sent\n // again.", "sent again")]
    [InlineData("/// <summary>Whoever has sent the segment.</summary>\nint _a;", "whoever")]
    [InlineData("string _a = \"sent again: lost\";", "sent again")]
    [InlineData("string _a = $\"{1} octets of text\";", "text")]
    public void A_forbidden_word_of_code_is_found(string member, params string[] expected) =>
        Assert.Equal(expected, WordsOf(member));

    [Theory]
    [InlineData("string text;")]
    [InlineData("string[] Texts;")]
    [InlineData("void M(System.ReadOnlySpan<char> text) { }")]
    [InlineData("void M() { var text = new System.Text.StringBuilder(); }")]
    [InlineData("void M() { var text = System.IO.File.ReadAllText(\"file\"); }")]
    [InlineData("void M() { foreach (var text in new[] { \"a\", \"b\" }) { } }")]
    [InlineData("object Context;")]
    [InlineData("int _a; // RFC 9293: \"the segment text\" has a window of `text`.")]
    [InlineData("int _a; // Plain text, and JSON text.")]
    [InlineData("int _a; // The least significant bit; a blameless, unforgiving, implanted mender.")]
    [InlineData("int _a; // Sends it.\n int again;")]
    [InlineData("int _a; // The device is missing.")]
    [InlineData("string _a = \"text/plain\";")]
    public void Other_words_of_code_are_not_found(string member) => Assert.Empty(WordsOf(member));

    [Fact]
    public void Quotations_and_code_of_a_document_are_not_searched()
    {
        const string Document =
            """
            The text of a segment, but not `text` nor "text".
            A [link](text.md).

            ```csharp
            byte[] text;
            ```

            ```
            2 octets of text
            ```
            """;

        Assert.Equal([1, 9], WordUses.InProse("a.md", Document, Prose.OfMarkdown(Document)).Select(use => use.Line));
    }

    [Fact]
    public void Only_comments_of_scripts_are_searched()
    {
        const string Shell = "text=1 # no text\n# What is sent\n# again.\necho $# text\n";
        const string C = "int text; // no text\n/* What is sent\n * again. */\nchar *text;\n";

        Assert.Equal([1, 2], WordUses.InProse("a.sh", Shell, Prose.OfScript(Shell)).Select(use => use.Line));
        Assert.Equal([1, 2], WordUses.InProse("a.c", C, Prose.OfC(C)).Select(use => use.Line));
    }

    private static IEnumerable<string> WordsOf(string member) =>
        WordUses.InCode([("Specimen.cs", $"class Specimen\n{{\n{member}\n}}\n")]).Select(use => use.Word).Distinct()
            .Order(StringComparer.Ordinal);
}
