using System.Net;
using System.Text;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;

namespace UserTcp.Cli.Lessons;

/// <summary>
/// Writes lessons as one page for browsers, which needs no other file, no script and no network: what was recorded, to
/// read where no TUN device is.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="language">The language.</param>
/// <param name="lessons">The lessons that will be played, for the list at the top.</param>
internal sealed class HtmlLesson(TextWriter output, Language language, IReadOnlyList<Lesson> lessons) : ILessonOutput
{
    private const string Style =
        """
        :root { color-scheme: light dark; --soft: #55606c; --line: #d5dae0; --good: #14663a; --bad: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --soft: #a3aeba; --line: #333c46; --good: #6fcf97; --bad: #ff8a80; } }
        body { font: 1rem/1.6 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
        section { border-top: 1px solid var(--line); margin-top: 2.5rem; }
        figure { margin: 1.2rem 0; overflow-x: auto; } figcaption, small { color: var(--soft); }
        img { max-width: 100%; min-width: 40rem; height: auto; }
        .question { border-left: 4px solid #0b57d0; padding-left: 1rem; }
        .holds b { color: var(--good); } .fails b { color: var(--bad); }
        table { border-collapse: collapse; display: block; overflow-x: auto; } small { overflow-wrap: anywhere; }
        th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid var(--line); }
        """;

    private const int PictureWidth = 900;

    private bool _hasBegun;

    private bool IsKorean => language == Language.Korean;

    public Task EmitAsync(LessonItem item, CancellationToken cancellationToken)
    {
        if (!_hasBegun)
            Begin();
        _hasBegun = true;
        switch (item)
        {
            case StartItem { Lesson: var lesson }:
                output.WriteLine($"<section id=\"{lesson.Name}\">\n<h2>{Say(lesson.Title)}</h2>");
                break;
            case ParagraphItem { Words: var words }:
                output.WriteLine($"<p>{Say(words)}</p>");
                break;
            case AskItem { Question: var question }:
                Write(question);
                break;
            case EventsItem events:
                Write(events);
                break;
            case TableItem table:
                Write(table);
                break;
            case ClaimItem claim:
                var (css, word) = claim.Holds ? ("holds", "✓") : ("fails", "✗");
                output.WriteLine(
                    $"<p class=\"{css}\"><b>{word} {Say(claim.Claim.Sentence)}</b><br>"
                    + $"<small>{Say(claim.Seen)}</small></p>");
                break;
            case EndItem end:
                if (end.Problem is { } problem)
                    output.WriteLine($"<p class=\"fails\"><b>✗ {Encode(problem)}</b></p>");
                output.WriteLine("</section>");
                break;
        }

        return output.FlushAsync(cancellationToken);
    }

    public Task EndAsync(CancellationToken cancellationToken)
    {
        output.WriteLine("</main>\n</body>\n</html>");
        return output.FlushAsync(cancellationToken);
    }

    private void Begin()
    {
        var title = IsKorean ? "TCP 학습: 리눅스 커널을 상대로 실행한 기록" : "TCP lessons: recorded runs against the Linux kernel";
        output.WriteLine(
            $"""
            <!doctype html>
            <html lang="{(IsKorean ? "ko" : "en")}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <main>
            <h1>{title}</h1>
            <ol>
            """);
        foreach (var lesson in lessons)
            output.WriteLine($"<li><a href=\"#{lesson.Name}\">{Say(lesson.Title)}</a></li>");
        output.WriteLine("</ol>");
    }

    private void Write(Question question)
    {
        output.WriteLine($"<div class=\"question\">\n<p>{Say(question.Words)}</p>\n<ol>");
        foreach (var answer in question.Answers)
            output.WriteLine($"<li>{Say(answer)}</li>");
        output.WriteLine(
            $"</ol>\n<details><summary>{(IsKorean ? "답 보기" : "Show the answer")}</summary>\n"
            + $"<p>{question.Right + 1}. {Say(question.Answers[question.Right])}. {Say(question.Because)}</p>\n"
            + "</details>\n</div>");
    }

    private void Write(EventsItem item)
    {
        var picture = LadderPicture.Draw(
            item.Events, new LadderPictureOptions { Width = PictureWidth, Language = language });
        var data = Convert.ToBase64String(Encoding.UTF8.GetBytes(picture));
        output.WriteLine(
            $"<figure>\n<figcaption>{Say(item.Caption)}</figcaption>\n"
            + $"<img alt=\"{Say(item.Caption)}\" src=\"data:image/svg+xml;base64,{data}\">\n</figure>");
    }

    private void Write(TableItem table)
    {
        output.WriteLine($"<table>\n<caption>{Say(table.Caption)}</caption>\n<tr>");
        foreach (var cell in table.Heading)
            output.WriteLine($"<th scope=\"col\">{Say(cell)}</th>");
        foreach (var row in table.Rows)
            output.WriteLine($"<tr>{string.Concat(row.Select(cell => $"<td>{Say(cell)}</td>"))}</tr>");
        output.WriteLine("</table>");
    }

    private string Say(Words words) => Encode(words.In(language));

    private static string Encode(string words) => WebUtility.HtmlEncode(words);
}
