using System.Text.RegularExpressions;
using UserTcp.Conventions.Tests.Book;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The book shows the code that is there: each excerpt is the source of the member that it names.</summary>
public partial class BookTests
{
    private const string Contents = $"{Excerpt.Folder}/README.md";

    public static TheoryData<string> Chapters => [.. Excerpt.Chapters];

    [Theory]
    [MemberData(nameof(Chapters))]
    public void Excerpts_are_the_source(string chapter)
    {
        if (Golden.IsUpdated)
            Update(chapter);

        foreach (var excerpt in Excerpt.In(chapter))
        {
            Assert.True(
                excerpt.Member is not null,
                $"{excerpt.Block.Place}: put <!-- Type.Member --> on the line before the block.");
            Assert.True(
                SourceMembers.LinesOf(excerpt.Member).SequenceEqual(excerpt.Block.Lines),
                $"{excerpt.Block.Place} is not {excerpt.Member} as in src. Update it: {Golden.UpdateCommand}");
        }
    }

    [Theory]
    [MemberData(nameof(Chapters))]
    public void A_chapter_has_two_to_four_excerpts_and_ends_with_an_experiment(string chapter)
    {
        var lastHeading = Heading().Matches(Repository.Read(chapter)).Last().Value;
        var commands = new Markdown(chapter).Blocks("sh").Last().Commands;

        Assert.InRange(Excerpt.In(chapter).Count(), 2, 4);
        Assert.Equal("## Experiment", lastHeading);
        Assert.Contains(commands, command => command.StartsWith("tools/usertcp ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_contents_list_the_chapters_in_order()
    {
        Assert.NotEmpty(Excerpt.Chapters);
        Assert.Equal(
            Excerpt.Chapters.Select(chapter => Path.GetFileName(chapter)),
            new Markdown(Contents).Links.Where(link => char.IsAsciiDigit(link[0])));
    }

    [Theory]
    [InlineData("Rack.DetectsNothing", "src has no Rack.DetectsNothing")]
    [InlineData("NoSuchType", "src has no NoSuchType")]
    [InlineData(
        "SeqRange.Contains", "SeqRange.Contains(SeqNum) in src/UserTcp.Wire/SeqRange.cs and SeqRange.Contains(")]
    public void A_name_without_one_member_is_refused(string member, string expected) =>
        Assert.Contains(
            expected, Assert.Throws<ArgumentException>(() => SourceMembers.LinesOf(member)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("SeqNum.operator <", "public static bool operator <(SeqNum left, SeqNum right) => left - right < 0;")]
    [InlineData("SeqRange.Contains(SeqNum)", "public bool Contains(SeqNum seq) => seq.IsIn(Start, Length);")]
    [InlineData("SeqRange.IsEmpty", "public bool IsEmpty => Length == 0;")]
    public void A_member_has_neither_documentation_nor_indentation(string member, string expected) =>
        Assert.Equal([expected], SourceMembers.LinesOf(member));

    [GeneratedRegex("^## .+$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    private static void Update(string chapter)
    {
        foreach (var excerpt in Excerpt.In(chapter).Where(excerpt => excerpt.Member is not null).Reverse())
            excerpt.Block.Replace(SourceMembers.LinesOf(excerpt.Member!));
    }
}
