using System.CommandLine;
using UserTcp.Capture;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Lessons;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp lesson`: lessons that run against the kernel and check their own claims.</summary>
internal static class LessonCommand
{
    private static readonly Option<bool> All = new("--all") { Description = "Play all lessons, one after another" };

    private static readonly Option<bool> Yes = new("--yes", "-y")
    {
        Description = "Answer each question at once, without asking",
    };

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "A JSON object for each item, with the words in both languages",
    };

    private static readonly Option<bool> Html = new("--html")
    {
        Description = "One page for browsers, with all that was recorded",
    };

    public static Command Create()
    {
        var name = NameArgument();
        var style = new StyleOptions();
        var command = new DetailedCommand(
            "lesson", "Teach TCP by runs against the real kernel, which check what they claim",
            """
            Without a name: the list. A lesson works in private network namespaces, as any user, and takes a
            few seconds. It asks what will happen, runs UserTcp against the kernel over a link that does
            exactly what the lesson needs, shows the ladder with the states of both ends, and checks each of
            its claims on what was recorded. Exits with 0 when all claims hold, and with 1 otherwise. Without
            a terminal each question is answered at once.

            Examples:
              usertcp lesson handshake
              usertcp lesson time-wait --lang ko
              usertcp lesson --all --yes
              usertcp lesson --all --html > lessons.html
            """)
        {
            name, All, Yes, Json, Html,
        };
        style.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(All) && result.GetValue(name) is not null)
                result.AddError("--all excludes the name of a lesson");
            if (result.GetValue(Json) && result.GetValue(Html))
                result.AddError("--json excludes --html");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var chosen = parsed.GetValue(name) is { } one ? [LessonCatalog.Find(one)!]
                : parsed.GetValue(All) ? LessonCatalog.All : [];
            var lines = style.Read(parsed);
            // In UTF-8, whatever the locale is.
            var output = StandardOutput.Open();
            return chosen.Count == 0
                ? PrintListAsync(output, lines)
                : RunAsync(chosen, OutputOf(parsed, output, lines, chosen), cancellationToken);
        });
        return command;
    }

    private static ILessonOutput OutputOf(
        ParseResult parsed, TextWriter output, LineStyle style, IReadOnlyList<Lesson> lessons) =>
        parsed.GetValue(Json) ? new JsonLesson(output, style.Language)
        : parsed.GetValue(Html) ? new HtmlLesson(output, style.Language, lessons)
        : new PlainLesson(output, style, Answers(parsed.GetValue(Yes)));

    /// <summary>The argument with the name of a lesson.</summary>
    private static Argument<string?> NameArgument()
    {
        var argument = new Argument<string?>("lesson")
        {
            Description = "The name of a lesson of the list",
            HelpName = "lesson",
            Arity = ArgumentArity.ZeroOrOne,
        };
        argument.Validators.Add(result =>
        {
            var word = result.Tokens is [var token, ..] ? token.Value : "";
            if (LessonCatalog.Find(word) is null)
            {
                result.AddError($"there is no lesson '{word}'"
                    + Suggestion.For(word, LessonCatalog.All.Select(lesson => lesson.Name)));
            }
        });
        argument.CompletionSources.Clear();
        argument.CompletionSources.Add([.. LessonCatalog.All.Select(lesson => lesson.Name)]);
        return argument;
    }

    /// <summary>Where a reader answers; null where there is none.</summary>
    private static TextReader? Answers(bool isYes) =>
        isYes || Console.IsInputRedirected || Console.IsOutputRedirected ? null : Console.In;

    private static async Task<int> PrintListAsync(TextWriter output, LineStyle style)
    {
        await using var list = output;
        var width = LessonCatalog.All.Max(lesson => lesson.Name.Length);
        foreach (var lesson in LessonCatalog.All)
            await list.WriteLineAsync($"{lesson.Name.PadRight(width)}  {lesson.Title.In(style.Language)}");
        return ExitCode.Success;
    }

    private static async Task<int> RunAsync(
        IReadOnlyList<Lesson> lessons, ILessonOutput output, CancellationToken cancellationToken)
    {
        // Isolation replaces the process: a signal ends all that is in the namespace.
        Isolation.Enter();
        await LessonNetwork.WarmUpAsync(cancellationToken);
        var hold = true;
        foreach (var lesson in lessons)
            hold &= await LessonRun.PlayAsync(lesson, output, cancellationToken);
        await output.EndAsync(cancellationToken);
        return hold ? ExitCode.Success : ExitCode.Failure;
    }
}
