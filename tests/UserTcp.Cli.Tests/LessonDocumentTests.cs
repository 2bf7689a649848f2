using System.Text;
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
        writes one page for browsers, with pictures of what was recorded, to read where no TUN device is.

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
