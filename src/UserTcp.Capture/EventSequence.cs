using System.Buffers;
using System.Text;
using System.Text.Json;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture;

/// <summary>
/// Events as a JSON text sequence (RFC 7464) in the manner of qlog (draft-ietf-quic-qlog-main-schema section 5): each
/// record begins with the record separator and ends with a line feed. qlog has no names for TCP: these are made like
/// its names for QUIC. Times are milliseconds since the stack's start.
/// </summary>
public static class EventSequence
{
    private const char RecordSeparator = '\x1e';

    /// <summary>The first record, without its line feed: what follows, and of whom.</summary>
    /// <param name="title">What was watched.</param>
    public static string Header(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        return Record(writer =>
        {
            writer.WriteString("file_schema", "urn:ietf:params:qlog:file:sequential");
            writer.WriteString("serialization_format", "application/qlog+json-seq");
            writer.WriteString("title", title);
            writer.WriteStartObject("trace");
            writer.WriteStartObject("common_fields");
            writer.WriteString("time_format", "relative_to_epoch");
            writer.WriteStartObject("reference_time");
            writer.WriteString("clock_type", "monotonic");
            writer.WriteString("epoch", "unknown");
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteStartObject("vantage_point");
            writer.WriteString("type", "unknown");
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
    }

    /// <summary>The record of an event, without its line feed. Its data is that of <see cref="EventJson"/>.</summary>
    public static string Format(ExplainedEvent explained, Language language = Language.English)
    {
        ArgumentNullException.ThrowIfNull(explained);
        return Record(writer =>
        {
            writer.WriteNumber("time", explained.Event.Time.Ticks / (double)TimeSpan.TicksPerMillisecond);
            writer.WriteString("name", NameOf(explained.Event));
            writer.WritePropertyName("data");
            EventJson.Write(writer, explained, language);
        });
    }

    private static string NameOf(in TraceEvent traceEvent) => traceEvent.Kind switch
    {
        TraceEventKind.Connection when traceEvent.Connection.Kind == ConnectionChangeKind.Ended =>
            "tcp:connection_closed",
        TraceEventKind.Connection => "tcp:connection_started",
        TraceEventKind.Segment => traceEvent.Segment.Sent ? "tcp:segment_sent" : "tcp:segment_received",
        TraceEventKind.Loss => "recovery:data_lost",
        TraceEventKind.Timer => "recovery:timer_updated",
        TraceEventKind.Call => "application:call",
        TraceEventKind.State => "tcp:connection_state_updated",
        TraceEventKind.Limit => "recovery:limit_updated",
        TraceEventKind.Link => "link:verdict",
        _ => "log:gap",
    };

    private static string Record(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, EventJson.Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return RecordSeparator + Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
