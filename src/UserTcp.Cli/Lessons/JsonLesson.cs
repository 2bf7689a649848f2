using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;

namespace UserTcp.Cli.Lessons;

/// <summary>
/// Prints lessons as a JSON object for each item, one a line. Words are in both languages; the sentences of events are
/// in the language of the command.
/// </summary>
internal sealed class JsonLesson(TextWriter output, Language language) : ILessonOutput
{
    private static readonly JsonWriterOptions Options = new()
    {
        // Korean stays readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public Task EmitAsync(LessonItem item, CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line, Options))
        {
            writer.WriteStartObject();
            Write(writer, item);
            writer.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(line.ToArray()));
        return output.FlushAsync(cancellationToken);
    }

    private void Write(Utf8JsonWriter writer, LessonItem item)
    {
        switch (item)
        {
            case StartItem { Lesson: var lesson }:
                writer.WriteString("item", "start");
                writer.WriteString("lesson", lesson.Name);
                Write(writer, lesson.Title);
                break;
            case ParagraphItem { Words: var words }:
                writer.WriteString("item", "paragraph");
                Write(writer, words);
                break;
            case AskItem { Question: var question }:
                Write(writer, question);
                break;
            case EventsItem events:
                Write(writer, events);
                break;
            case TableItem table:
                Write(writer, table);
                break;
            case ClaimItem claim:
                writer.WriteString("item", "claim");
                Write(writer, claim.Claim.Sentence);
                writer.WriteBoolean("holds", claim.Holds);
                Write(writer, "seen", claim.Seen);
                break;
            case EndItem end:
                writer.WriteString("item", "end");
                writer.WriteString("lesson", end.Lesson.Name);
                writer.WriteNumber("claims", end.Lesson.Claims.Count);
                writer.WriteNumber("held", end.Held);
                writer.WriteString("problem", end.Problem);
                break;
        }
    }

    private static void Write(Utf8JsonWriter writer, Question question)
    {
        writer.WriteString("item", "ask");
        Write(writer, question.Words);
        Write(writer, "answers", question.Answers);
        writer.WriteNumber("right", question.Right + 1);
        Write(writer, "because", question.Because);
    }

    private void Write(Utf8JsonWriter writer, EventsItem item)
    {
        writer.WriteString("item", "events");
        Write(writer, item.Caption);
        writer.WriteNumber("omitted", item.Omitted);
        writer.WriteStartArray("events");
        foreach (var explained in item.Events)
            EventJson.Write(writer, explained, language);
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, TableItem table)
    {
        writer.WriteString("item", "table");
        Write(writer, table.Caption);
        Write(writer, "heading", table.Heading);
        writer.WriteStartArray("rows");
        foreach (var row in table.Rows)
        {
            writer.WriteStartArray();
            foreach (var cell in row)
                WriteObject(writer, cell);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string name, IEnumerable<Words> list)
    {
        writer.WriteStartArray(name);
        foreach (var words in list)
            WriteObject(writer, words);
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string name, Words words)
    {
        writer.WritePropertyName(name);
        WriteObject(writer, words);
    }

    private static void WriteObject(Utf8JsonWriter writer, Words words)
    {
        writer.WriteStartObject();
        Write(writer, words);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Words words)
    {
        writer.WriteString("en", words.English);
        writer.WriteString("ko", words.Korean);
    }
}
