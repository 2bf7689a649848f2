using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Inference;
using UserTcp.Wire;

namespace UserTcp.Cli.Explaining;

/// <summary>
/// Prints conversations for programs: a JSON object for each conversation, and for each of its segments behind it.
/// </summary>
internal sealed class JsonExplanation(TextWriter output, Language language) : IExplanationWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Begin(CapturedConversation conversation, ConversationEnd us, ConversationSummary summary)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            var tuple = conversation.TupleOf(us);
            json.WriteStartObject();
            json.WriteString("kind", "conversation");
            json.WriteNumber("conversation", conversation.Number);
            json.WriteString("local", Name(tuple.LocalAddress, tuple.LocalPort));
            json.WriteString("peer", Name(tuple.RemoteAddress, tuple.RemotePort));
            json.WriteString("openedBy", us == ConversationEnd.Opener ? "local" : "peer");
            json.WriteNumber("segments", conversation.SegmentCount);
            json.WriteNumber("t", conversation.Start.Ticks * TimeSpan.NanosecondsPerTick);
            WritePhrases(json, summary.Phrases);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    public void Write(CapturedConversation conversation, CapturedEvent captured) =>
        output.WriteLine(EventJson.Format(captured.Explained, language));

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
            json.WriteString("says", phrase.Say(language));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Name(IpAddress address, Port port) =>
        address.IsIPv4 ? $"{address}:{port.Value}" : $"[{address}]:{port.Value}";
}
