using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;

namespace UserTcp.Cli.Lessons;

/// <summary>Prints lessons as paragraphs and ladders.</summary>
/// <param name="output">Where to.</param>
/// <param name="style">Language, colours and width.</param>
/// <param name="answers">
/// Where the reader's answers come from; null for none: each question is answered at once.
/// </param>
internal sealed class PlainLesson(TextWriter output, LineStyle style, TextReader? answers) : ILessonOutput
{
    private const int MaxColumns = 96;
    private const string Indent = "   ";

    private bool _hasLegend;

    private int Columns => style.Width is > 40 and < MaxColumns ? style.Width - 2 : MaxColumns;

    private bool IsKorean => style.Language == Language.Korean;

    public async Task EmitAsync(LessonItem item, CancellationToken cancellationToken)
    {
        switch (item)
        {
            case StartItem start:
                _hasLegend = false;
                output.WriteLine(Colored($"== {start.Lesson.Name}: {Say(start.Lesson.Title)} ==", "\e[1m"));
                output.WriteLine();
                break;
            case ParagraphItem paragraph:
                Print("", "", Say(paragraph.Words));
                output.WriteLine();
                break;
            case AskItem ask:
                await AskAsync(ask.Question, cancellationToken);
                break;
            case EventsItem events:
                PrintLadder(events);
                break;
            case TableItem table:
                PrintTable(table);
                break;
            case ClaimItem claim:
                PrintClaim(claim);
                break;
            case EndItem end:
                PrintEnd(end);
                break;
        }

        await output.FlushAsync(cancellationToken);
    }

    private async Task AskAsync(Question question, CancellationToken cancellationToken)
    {
        Print("?  ", Indent, Say(question.Words));
        for (var index = 0; index < question.Answers.Count; index++)
        {
            var number = Number(index);
            Print($"{Indent}{number}) ", $"{Indent}   ", Say(question.Answers[index]));
        }

        var verdict = answers is null ? "" : await ReadAnswerAsync(question, cancellationToken);
        var answer = IsKorean ? "답" : "Answer";
        Print(
            Indent, Indent,
            $"{verdict}{answer}: {Number(question.Right)}) {Say(question.Answers[question.Right])}.");
        Print(Indent, Indent, Say(question.Because));
        output.WriteLine();
    }

    /// <summary>Reads the reader's choice; returns what to say of it. Enter alone asks for the answer.</summary>
    private async Task<string> ReadAnswerAsync(Question question, CancellationToken cancellationToken)
    {
        while (true)
        {
            output.Write(IsKorean
                ? $"{Indent}번호를 고르세요 (Enter: 답 보기) > " : $"{Indent}Your number (Enter shows the answer) > ");
            await output.FlushAsync(cancellationToken);
            var line = (await answers!.ReadLineAsync(cancellationToken))?.Trim();
            if (string.IsNullOrEmpty(line))
                return "";
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var chosen)
                && chosen >= 1 && chosen <= question.Answers.Count)
            {
                return (chosen == question.Right + 1, IsKorean) switch
                {
                    (true, false) => "Right. ",
                    (false, false) => "Not so. ",
                    (true, true) => "맞습니다. ",
                    (false, true) => "아닙니다. ",
                };
            }
        }
    }

    private void PrintLadder(EventsItem item)
    {
        Print("", "", $"{Say(item.Caption)}");
        if (!_hasLegend)
        {
            Print("  ", "  ", IsKorean
                ? "왼쪽은 UserTcp(us), 오른쪽은 리눅스 커널(peer)이며 커널의 상태는 sock_diag로 읽습니다."
                : "Left: UserTcp (us). Right: the Linux kernel (peer), its states read by sock_diag.");
            _hasLegend = true;
        }

        new LadderPrinter(output, style).Print(item.Events);
        if (item.Omitted > 0)
        {
            output.WriteLine(IsKorean
                ? $"  (이벤트 {item.Omitted}개는 생략)" : $"  ({item.Omitted} more events are left out)");
        }

        output.WriteLine();
    }

    private void PrintTable(TableItem table)
    {
        Print("", "", Say(table.Caption));
        string[][] lines = [[.. table.Heading.Select(Say)], .. table.Rows.Select(row => row.Select(Say).ToArray())];
        var widths = Enumerable.Range(0, table.Heading.Count)
            .Select(column => lines.Max(line => DisplayWidth.Of(line[column]))).ToArray();
        foreach (var line in lines)
        {
            var cells = line.Select((cell, column) => DisplayWidth.Pad(cell, widths[column]));
            output.WriteLine($"  {string.Join("  ", cells)}".TrimEnd());
        }

        output.WriteLine();
    }

    private void PrintClaim(ClaimItem item)
    {
        var result = (item.Holds, IsKorean) switch
        {
            (true, false) => "[holds]",
            (false, false) => "[WRONG]",
            (true, true) => "[성립]",
            (false, true) => "[틀림]",
        };
        var margin = new string(' ', DisplayWidth.Of(result) + 1);
        var lines = DisplayWidth.Wrap(Say(item.Claim.Sentence), Columns - margin.Length).ToArray();
        output.WriteLine($"{Colored(result, item.Holds ? "\e[32m" : "\e[31m")} {lines[0]}");
        foreach (var line in lines[1..])
            output.WriteLine(margin + line);
        Print($"{margin}{(IsKorean ? "관측" : "seen")}: ", $"{margin}      ", Say(item.Seen));
        output.WriteLine();
    }

    private void PrintEnd(EndItem item)
    {
        var (name, count) = (item.Lesson.Name, item.Lesson.Claims.Count);
        if (item.Problem is { } problem)
            output.WriteLine(Colored(IsKorean ? $"중단됨: {problem}" : $"ended early: {problem}", "\e[31m"));
        output.WriteLine(IsKorean
            ? $"{name}: 주장 {count}개 가운데 {item.Held}개 성립." : $"{name}: {item.Held} of {count} claims hold.");
        output.WriteLine();
    }

    private void Print(string first, string others, string words)
    {
        var margin = first;
        foreach (var line in DisplayWidth.Wrap(words, Columns - DisplayWidth.Of(others)))
        {
            output.WriteLine(margin + line);
            margin = others;
        }
    }

    private static string Number(int index) => (index + 1).ToString(CultureInfo.InvariantCulture);

    private string Say(Words words) => words.In(style.Language);

    private string Colored(string words, string color) => style.Colors ? $"{color}{words}\e[0m" : words;
}
