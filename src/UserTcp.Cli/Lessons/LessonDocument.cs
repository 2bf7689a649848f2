using System.Text;

namespace UserTcp.Cli.Lessons;

/// <summary>Writes docs/lessons.md: each lesson with what it claims.</summary>
internal static class LessonDocument
{
    private const string Head =
        """
        # Lessons

        Generated from [the lessons](../src/UserTcp.Cli/Lessons); a test keeps it true.

        ```sh
        tools/usertcp lesson
        tools/usertcp lesson handshake
        tools/usertcp lesson --all --yes --lang ko
        ```

        A lesson runs TCP for real, between UserTcp and the Linux kernel, in network namespaces of its own, as any user.
        It asks you to predict what happens, shows the ladder with the states of both ends, and checks its own claims on
        what was recorded. A claim that does not hold makes the exit code 1. `--json` prints the same as a JSON object
        for each item, with the words in both languages.

        """;

    public static string Write()
    {
        var page = new StringBuilder(Head);
        foreach (var lesson in LessonCatalog.All)
        {
            page.Append($"\n## {lesson.Name}\n\n{lesson.Title.English}.\n\n");
            foreach (var claim in lesson.Claims)
                page.Append($"- {claim.English}\n");
        }

        return page.ToString();
    }
}
