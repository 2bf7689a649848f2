using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;

namespace UserTcp.Cli.Explaining;

/// <summary>
/// Prints conversations for programs: a JSON object for each conversation, and for each of its events behind it.
/// </summary>
internal sealed class JsonExplanation(TextWriter output, LineStyle style) : IExplanationWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Begin(CapturedFile file)
    {
        // Each conversation says where it comes from.
    }

    public void Begin(ExplainedConversation conversation)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            var tuple = conversation.Tuple;
            json.WriteStartObject();
            json.WriteString("kind", "conversation");
            json.WriteNumber("conversation", conversation.Number);
            json.WriteString("local", tuple.FormatLocal());
            json.WriteString("peer", tuple.FormatRemote());
            json.WriteString("openedBy", conversation.IsOpenedByUs ? "local" : "peer");
            json.WriteNumber("segments", conversation.SegmentCount);
            json.WriteString("source", conversation.IsRecorded ? "recorded" : "inferred");
            if (conversation.Start is { } start)
                json.WriteNumber("t", start.Ticks * TimeSpan.NanosecondsPerTick);
            WritePhrases(json, conversation.Summary);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    public bool Write(ExplainedEvent explained)
    {
        if (!EventLine.IsShown(explained, style))
            return false;
        output.WriteLine(EventJson.Format(explained, style.Language));
        return true;
    }

    private void WritePhrases(Utf8JsonWriter json, IReadOnlyList<Phrase> phrases)
    {
        json.WriteStartArray("summary");
        foreach (var phrase in phrases)
        {
            json.WriteStartObject();
            json.WriteString("id", phrase.Reason.Id.ToString());
            json.WriteString("source", phrase.Reason.Source);
            foreach (var (argument, value) in phrase.Arguments)
                json.WriteString(argument, Convert.ToString(value, CultureInfo.InvariantCulture));
            json.WriteString("says", phrase.Say(style.Language));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
