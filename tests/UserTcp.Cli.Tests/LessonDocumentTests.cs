using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Lessons;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>docs/lessons.md has each lesson with its claims. An update: USERTCP_UPDATE_GOLDEN=1.</summary>
public sealed class LessonDocumentTests
{
    private const string Head =
        """
        # Lessons

        This page is generated from [the lessons](../src/UserTcp.Cli/Lessons/LessonCatalog.cs).

        ```sh
        tools/usertcp lesson
        tools/usertcp lesson handshake
        tools/usertcp lesson time-wait --lang ko
        tools/usertcp lesson --all --yes
        tools/usertcp lesson --all --html > lessons.html
        ```

        A lesson runs TCP for real, between UserTcp and the Linux kernel, in network namespaces of its own, as any user.
        It asks you what will happen, shows the ladder with the states of both ends, and checks its claims on what was
        recorded. A claim that does not hold makes the exit code 1, and the lesson says what it has seen instead. `--json`
        prints a JSON object for each item, with its words in both languages. `--html`
        writes one page for browsers, with pictures of what was recorded, to read where no TUN device is:
        [lessons.html](lessons.html) and, in Korean, [lessons.ko.html](lessons.ko.html) are such pages of one run.

        """;

    [Fact]
    public void The_document_has_all_claims()
    {
        var document = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var lesson in LessonCatalog.All)
        {
            document.Append($"\n## {lesson.Name}\n\n{lesson.Title.English}.\n\n");
            foreach (var claim in lesson.Claims)
                document.Append($"- {claim.English}\n");
        }

        var file = Path.Combine(FindRepository(), "docs", "lessons.md");
        if (Environment.GetEnvironmentVariable("USERTCP_UPDATE_GOLDEN") == "1")
            File.WriteAllText(file, document.ToString());
        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "", document.ToString());
    }

    /// <summary>
    /// Times and ISNs differ from run to run, so a page is kept true by its words: the same list, and each claim of
    /// each lesson, which held. To renew it: <c>tools/usertcp lesson --all --yes --html > docs/lessons.html</c>, and
    /// with <c>--lang ko</c> lessons.ko.html.
    /// </summary>
    [Theory]
    [InlineData("lessons.html", Language.English)]
    [InlineData("lessons.ko.html", Language.Korean)]
    public async Task A_page_of_a_run_has_all_lessons_and_their_claims_hold(string file, Language language)
    {
        var page = await File.ReadAllTextAsync(
            Path.Combine(FindRepository(), "docs", file), TestContext.Current.CancellationToken);
        using var head = new StringWriter { NewLine = "\n" };
        await new HtmlLesson(head, language, LessonCatalog.All).EmitAsync(
            new StartItem(LessonCatalog.All[0]), TestContext.Current.CancellationToken);
        Assert.StartsWith(head.ToString(), page, StringComparison.Ordinal);

        var sections = page.Split("<section id=\"")[1..];
        Assert.Equal(LessonCatalog.All.Count, sections.Length);
        foreach (var (lesson, section) in LessonCatalog.All.Zip(sections))
        {
            Assert.StartsWith(
                $"{lesson.Name}\">\n<h2>{WebUtility.HtmlEncode(lesson.Title.In(language))}</h2>", section,
                StringComparison.Ordinal);
            var claims = lesson.Claims.Select(claim => $"✓ {WebUtility.HtmlEncode(claim.Sentence.In(language))}");
            // A lesson checks its claims when it can, which may be in another order.
            var held = Regex.Matches(section, "<b>(✓ .*?)</b>").Select(found => found.Groups[1].Value);
            Assert.Equal(claims.Order(StringComparer.Ordinal), held.Order(StringComparer.Ordinal));
        }

        Assert.DoesNotContain("class=\"fails\"", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?:src|href)=\"(?!#|data:image/svg)", page);
    }

    private static string FindRepository()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "UserTcp.sln")))
                return folder;
        }

        throw new FileNotFoundException("The tests run outside of the repository.");
    }
}
