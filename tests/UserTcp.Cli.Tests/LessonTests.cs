using System.Text.Json;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Lessons;
using UserTcp.Cli.Tests.Kit;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The frame of lessons: the list, questions, claims, and what a claim that does not hold does.</summary>
public sealed class LessonTests
{
    private static readonly Claim Holds = new("One is one.", "하나는 하나이다.");
    private static readonly Claim Other = new("Two is two.", "둘은 둘이다.");

    private static readonly Question Sum = new(
        new Words("One and one?", "하나 더하기 하나는?"), [Words.Same("1"), Words.Same("2"), Words.Same("3")], 1,
        new Words("Count.", "세어 보세요."));

    public static TheoryData<string> Names => [.. LessonCatalog.All.Select(lesson => lesson.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Title_and_claims_have_both_languages(string name)
    {
        var lesson = LessonCatalog.Find(name)!;

        TwoLanguages.AssertBoth(lesson.Title.English, lesson.Title.Korean);
        Assert.NotEmpty(lesson.Claims);
        Assert.All(lesson.Claims, claim => TwoLanguages.AssertBoth(claim.English, claim.Korean));
        Assert.All(lesson.Claims, claim => Assert.EndsWith(".", claim.English, StringComparison.Ordinal));
        Assert.All(lesson.Claims, claim => Assert.EndsWith(".", claim.Korean, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_and_claims_are_there_once()
    {
        Assert.Equal(Names.Count, LessonCatalog.All.Select(lesson => lesson.Name).Distinct().Count());
        var claims = LessonCatalog.All.SelectMany(lesson => lesson.Claims).ToArray();
        Assert.Equal(claims.Length, claims.Select(claim => claim.English).Distinct().Count());
        Assert.Equal(claims.Length, claims.Select(claim => claim.Korean).Distinct().Count());
    }

    [Theory]
    [InlineData("One is one, 하나", "하나")]
    [InlineData("One thing is one.", "One thing is one.")]
    [InlineData("One is one.", "하나. And what is more?")]
    [InlineData("One.", "")]
    public void A_sentence_without_its_translation_is_found(string english, string korean) =>
        Assert.ThrowsAny<Exception>(() => TwoLanguages.AssertBoth(english, korean));

    [Theory]
    [InlineData("en", "Why a connection opens in three steps")]
    [InlineData("ko", "연결은 왜 3단계로 열리고")]
    public async Task Without_a_name_it_lists_the_lessons(string language, string title)
    {
        using var command = new CliProcess();

        var outcome = await command.RunAsync(["lesson", "--lang", language]);

        Assert.Equal(0, outcome.ExitCode);
        var lines = outcome.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(LessonCatalog.All.Select(lesson => lesson.Name), lines.Select(line => line.Split(' ')[0]));
        Assert.Contains(title, lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lesson_whose_claims_hold_succeeds()
    {
        var (isRight, said) = await PlayAsync(async stage =>
        {
            await stage.CheckAsync(Holds, 1 == 1, "1", "1");
            await stage.CheckAsync(Other, 2 == 2, "2", "2");
        });

        Assert.True(isRight);
        Assert.Equal(
            """
            == sample: A sample ==

            [holds] One is one.
                    seen: 1

            [holds] Two is two.
                    seen: 2

            sample: 2 of 2 claims hold.

            """ + "\n", said);
    }

    [Fact]
    public async Task A_broken_claim_fails_the_lesson_and_says_what_was_seen()
    {
        var (isRight, said) = await PlayAsync(async stage =>
        {
            await stage.CheckAsync(Holds, false, "three segments", "세그먼트 세 개");
            await stage.CheckAsync(Other, true, "2", "2");
        });

        Assert.False(isRight);
        Assert.Contains("[WRONG] One is one.\n        seen: three segments\n", said, StringComparison.Ordinal);
        Assert.EndsWith("sample: 1 of 2 claims hold.\n\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_that_was_not_checked_fails_the_lesson()
    {
        var (isRight, said) = await PlayAsync(stage => stage.CheckAsync(Holds, true, "1", "1"));

        Assert.False(isRight);
        Assert.Contains("ended early: not checked: Two is two.\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_is_one_of_the_lesson_and_checked_once()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => PlayAsync(async stage =>
        {
            await stage.CheckAsync(Holds, true, "1", "1");
            await stage.CheckAsync(Holds, true, "1", "1");
        }));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => PlayAsync(stage => stage.CheckAsync(new Claim("Three.", "셋."), true, "3", "3")));
    }

    [Fact]
    public async Task A_lesson_that_cannot_go_on_fails_and_says_why()
    {
        var (isRight, said) = await PlayAsync(_ => throw new LessonException("the ACK did not come within 20 s"));

        Assert.False(isRight);
        Assert.Contains("ended early: the ACK did not come within 20 s\n", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2\n", "> Right. Answer: 2) 2.")]
    [InlineData("1\n", "> Not so. Answer: 2) 2.")]
    [InlineData("\n", "> Answer: 2) 2.")]
    [InlineData("", "> Answer: 2) 2.")]
    [InlineData("4\nx\n2\n", "> Right. Answer: 2) 2.")]
    public async Task A_reader_answers_by_number_and_Enter_shows_the_answer(string typed, string said)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var answers = new StringReader(typed);

        await new PlainLesson(output, LineStyle.Plain, answers).EmitAsync(new AskItem(Sum), CancellationToken.None);

        // A terminal echoes the reader's line with its line feed.
        var shown = output.ToString().Replace("   Right.", "Right.", StringComparison.Ordinal)
            .Replace("   Not so.", "Not so.", StringComparison.Ordinal)
            .Replace(">    Answer", "> Answer", StringComparison.Ordinal);
        Assert.Contains(said, shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_reader_the_answer_follows_at_once()
    {
        using var output = new StringWriter { NewLine = "\n" };

        await new PlainLesson(output, LineStyle.Plain with { Language = Language.Korean }, answers: null)
            .EmitAsync(new AskItem(Sum), CancellationToken.None);

        Assert.Equal(
            "?  하나 더하기 하나는?\n   1) 1\n   2) 2\n   3) 3\n   답: 2) 2.\n   세어 보세요.\n\n", output.ToString());
    }

    [Fact]
    public async Task Each_item_is_a_JSON_object_with_both_languages()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var isRight = await LessonRun.PlayAsync(
            new Sample(async stage =>
            {
                await stage.SayAsync("Hello.", "안녕하세요.");
                await stage.AskAsync(Sum);
                await stage.ShowTableAsync(
                    new Words("Numbers:", "숫자:"), [new Words("name", "이름")], [[Words.Same("1")]]);
                await stage.CheckAsync(Holds, true, "seen", "보임");
                await stage.CheckAsync(Other, false, "1", "1");
            }),
            new JsonLesson(output, Language.English), TestContext.Current.CancellationToken);

        Assert.False(isRight);
        var items = output.ToString().TrimEnd('\n').Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(
            ["start", "paragraph", "ask", "table", "claim", "claim", "end"],
            items.Select(item => item.GetProperty("item").GetString()));
        Assert.Equal("안녕하세요.", items[1].GetProperty("ko").GetString());
        Assert.Equal(2, items[2].GetProperty("right").GetInt32());
        Assert.Equal("보임", items[4].GetProperty("seen").GetProperty("ko").GetString());
        Assert.Equal([true, false], items[4..6].Select(item => item.GetProperty("holds").GetBoolean()));
        Assert.Equal(1, items[6].GetProperty("held").GetInt32());
    }

    [Theory]
    [InlineData("one two three", 9, "one two|three")]
    [InlineData("연결 설정", 9, "연결 설정")]
    [InlineData("연결 설정", 8, "연결|설정")]
    [InlineData("toolongforaline x", 4, "toolongforaline|x")]
    public void Words_are_wrapped_by_their_columns(string words, int columns, string lines) =>
        Assert.Equal(lines, string.Join('|', DisplayWidth.Wrap(words, columns)));

    private static async Task<(bool IsRight, string Said)> PlayAsync(Func<LessonStage, Task> play)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var isRight = await LessonRun.PlayAsync(
            new Sample(play), new PlainLesson(output, LineStyle.Plain, answers: null),
            TestContext.Current.CancellationToken);
        return (isRight, output.ToString());
    }

    private sealed class Sample(Func<LessonStage, Task> play) : Lesson
    {
        public override string Name => "sample";

        public override Words Title => new("A sample", "예제");

        public override IReadOnlyList<Claim> Claims => [Holds, Other];

        public override Task PlayAsync(LessonStage stage) => play(stage);
    }
}
