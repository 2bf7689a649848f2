using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>
/// Events as JSON, an object each. Times are nanoseconds since the stack's start. Sequence numbers are relative to the
/// ISNs, which each event has; windows are scaled.
/// </summary>
public static class EventJson
{
    internal static readonly JsonWriterOptions Options = new()
    {
        // Korean stays readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The event as a JSON object, without a line feed.</summary>
    public static string Format(ExplainedEvent explained, Language language = Language.English) =>
        Encoding.UTF8.GetString(Fill(explained, language).WrittenSpan);

    /// <summary>The event as a JSON object in UTF-8, with English sentences.</summary>
    internal static byte[] ToUtf8(ExplainedEvent explained) => Fill(explained, Language.English).WrittenSpan.ToArray();

    private static ArrayBufferWriter<byte> Fill(ExplainedEvent explained, Language language)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
            Write(writer, explained, language);
        return buffer;
    }

    /// <summary>Writes the event as a JSON object.</summary>
    public static void Write(Utf8JsonWriter writer, ExplainedEvent explained, Language language = Language.English)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(explained);
        var traceEvent = explained.Event;
        writer.WriteStartObject();
        writer.WriteNumber("n", traceEvent.Number);
        writer.WriteNumber("t", traceEvent.Time.Ticks * TimeSpan.NanosecondsPerTick);
        writer.WriteString("kind", KindName(traceEvent.Kind));
        if (traceEvent.Kind == TraceEventKind.Gap)
        {
            writer.WriteNumber("missed", traceEvent.Missed);
            writer.WriteEndObject();
            return;
        }

        WriteConnection(writer, explained);
        WritePayload(writer, explained);
        WriteReasons(writer, explained, language);
        WriteNumber(writer, "because", explained.Because);
        WriteNumber(writer, "of", explained.Of);
        WriteChanges(writer, explained);
        if (traceEvent.Vitals is { } vitals)
            VitalsJson.Write(writer, vitals, explained.Iss, explained.Irs);
        writer.WriteEndObject();
    }

    private static string KindName(TraceEventKind kind) => kind switch
    {
        TraceEventKind.Connection => "conn",
        TraceEventKind.Segment => "seg",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static void WriteConnection(Utf8JsonWriter writer, ExplainedEvent explained)
    {
        var tuple = explained.Event.Tuple;
        writer.WriteString("local", $"{EndPoint(tuple.LocalAddress, tuple.LocalPort)}");
        writer.WriteString("peer", $"{EndPoint(tuple.RemoteAddress, tuple.RemotePort)}");
        WriteNumber(writer, "iss", explained.Iss?.Value);
        WriteNumber(writer, "irs", explained.Irs?.Value);
        if (explained.Event.Vitals is { } vitals)
            writer.WriteString("state", SegmentLine.State(vitals.State));
        if (explained.PeerState is { } peer)
            writer.WriteString("peerState", SegmentLine.State(peer));
        if (explained.IsPeerStateRead)
            writer.WriteString("peerStateSource", "sock_diag");
    }

    private static string EndPoint(IpAddress address, Port port) =>
        new System.Net.IPEndPoint(address.ToIPAddress(), port.Value).ToString();

    private static void WritePayload(Utf8JsonWriter writer, ExplainedEvent explained)
    {
        var traceEvent = explained.Event;
        switch (traceEvent.Kind)
        {
            case TraceEventKind.Segment:
                WriteSegment(writer, explained);
                break;
            case TraceEventKind.Loss:
                writer.WriteString("rule", traceEvent.Loss.Rule.ToString());
                writer.WriteString("from", Numbers.Relative(traceEvent.Loss.From, explained.Iss));
                writer.WriteString("end", Numbers.Relative(traceEvent.Loss.End, explained.Iss));
                writer.WriteNumber("bytes", traceEvent.Loss.Bytes);
                WriteRack(writer, traceEvent.Loss, explained.Iss);
                break;
            case TraceEventKind.Timer:
                writer.WriteString("timer", traceEvent.Timer.Timer.ToString());
                writer.WriteString("action", traceEvent.Timer.Action.ToString());
                writer.WriteNumber("deadline", traceEvent.Timer.Deadline.Ticks * TimeSpan.NanosecondsPerTick);
                break;
            case TraceEventKind.Call:
                writer.WriteString("call", traceEvent.Call.ToString());
                writer.WriteNumber("bytes", traceEvent.CallBytes);
                break;
            case TraceEventKind.Connection:
                writer.WriteString("change", traceEvent.Connection.Kind.ToString());
                writer.WriteString("error", traceEvent.Connection.Error.ToString());
                break;
            case TraceEventKind.State:
                writer.WriteString("fromState", SegmentLine.State(traceEvent.State.From));
                writer.WriteString("toState", SegmentLine.State(traceEvent.State.To));
                break;
            case TraceEventKind.Link:
                WriteVerdict(writer, explained);
                break;
        }
    }

    private static void WriteVerdict(Utf8JsonWriter writer, ExplainedEvent explained)
    {
        var verdict = explained.Event.Link;
        writer.WriteString("verdict", verdict.Kind.ToString());
        writer.WriteString("cause", verdict.Trigger ?? verdict.Cause.ToString());
        writer.WriteString("dir", verdict.Outbound ? "out" : "in");
        writer.WriteString("flags", SegmentLine.Flags(verdict.Header.Flags));
        var (own, other) = verdict.Outbound ? (explained.Iss, explained.Irs) : (explained.Irs, explained.Iss);
        WriteSeq(writer, "seq", verdict.Header.Seq, own);
        WriteAck(writer, verdict.Header, other);
        writer.WriteNumber("len", verdict.PayloadLength);
        if (verdict.Delay != TimeSpan.Zero)
            writer.WriteNumber("delay", verdict.Delay.Ticks * TimeSpan.NanosecondsPerTick);
    }

    private static void WriteRack(Utf8JsonWriter writer, in LossFinding loss, SeqNum? iss)
    {
        if (loss.Rule is not (LossRule.Rack or LossRule.RackTimer))
            return;
        writer.WriteString("deliveredEnd", Numbers.Relative(loss.DeliveredEnd, iss));
        writer.WriteNumber("sentLaterBy", loss.SentLaterBy.Ticks * TimeSpan.NanosecondsPerTick);
        writer.WriteNumber("reorderingWindow", loss.ReorderingWindow.Ticks * TimeSpan.NanosecondsPerTick);
    }

    /// <summary>SEG.ACK, the window field as it is in the header, and the urgent pointer.</summary>
    private static void WriteAck(Utf8JsonWriter writer, in TcpHeader header, SeqNum? initial)
    {
        if ((header.Flags & TcpFlags.Ack) != 0)
            WriteSeq(writer, "ack", header.Ack, initial);
        else if (header.Ack != default)
            writer.WriteNumber("ackField", header.Ack.Value);
        writer.WriteNumber("window", header.Window);
        if (header.UrgentPointer != 0)
            writer.WriteNumber("urgent", header.UrgentPointer);
    }

    private static void WriteSegment(Utf8JsonWriter writer, ExplainedEvent explained)
    {
        var segment = explained.Event.Segment;
        var (own, other) = segment.Sent ? (explained.Iss, explained.Irs) : (explained.Irs, explained.Iss);
        writer.WriteString("dir", segment.Sent ? "out" : "in");
        writer.WriteString("flags", SegmentLine.Flags(segment.Header.Flags));
        WriteSeq(writer, "seq", segment.Header.Seq, own);
        WriteAck(writer, segment.Header, other);
        writer.WriteNumber("len", segment.PayloadLength);
        writer.WriteNumber("win", explained.Window);
        if (segment.Window != explained.Window)
            writer.WriteNumber("scaled", segment.Window);
        if (segment.SegmentSize > 0)
            writer.WriteNumber("mss", segment.SegmentSize);
        if (segment.IsCe)
            writer.WriteBoolean("ce", true);
        if (segment.Sack.Count > 0)
            writer.WriteString("sack", Numbers.Blocks(segment.Sack, other));
        if (segment.Timestamps is { } timestamps)
        {
            writer.WriteNumber("tsval", timestamps.Value);
            writer.WriteNumber("tsecr", timestamps.Echo);
        }

        WriteOffer(writer, segment);
        writer.WriteString("before", SegmentLine.State(segment.Before));
        writer.WriteString("after", SegmentLine.State(segment.After));
        if (segment.Sent)
            writer.WriteString("reason", segment.Reason.ToString());
        else
            writer.WriteString("disposition", segment.Disposition.ToString());
        if (segment.Meaning != SegmentMeaning.None)
            writer.WriteString("meaning", segment.Meaning.ToString());
    }

    /// <summary>The options of a SYN.</summary>
    private static void WriteOffer(Utf8JsonWriter writer, in SegmentObservation segment)
    {
        WriteNumber(writer, "mssOption", segment.Mss);
        WriteNumber(writer, "windowScale", segment.WindowScale?.Shift);
        if (segment.SackPermitted)
            writer.WriteBoolean("sackPermitted", true);
    }

    internal static void WriteSeq(Utf8JsonWriter writer, string name, SeqNum number, SeqNum? initial)
    {
        if (initial is { } isn)
            writer.WriteNumber(name, unchecked(number.Value - isn.Value));
        else
            writer.WriteString(name, Numbers.Relative(number, null));
    }

    private static void WriteReasons(Utf8JsonWriter writer, ExplainedEvent explained, Language language)
    {
        writer.WriteString("severity", explained.Severity.ToString().ToLowerInvariant());
        writer.WriteStartArray("reasons");
        foreach (var phrase in explained.Phrases)
        {
            writer.WriteStartObject();
            writer.WriteString("id", phrase.Reason.Id.ToString());
            foreach (var (name, value) in phrase.Arguments)
            {
                if (phrase.Reason.English.Contains($"{{{name}}}", StringComparison.Ordinal))
                    writer.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("says", explained.Say(language));
    }

    private static void WriteChanges(Utf8JsonWriter writer, ExplainedEvent explained)
    {
        if (explained.Changes.Count == 0)
            return;
        writer.WriteStartObject("changes");
        foreach (var change in explained.Changes)
        {
            writer.WriteStartArray(change.Name);
            writer.WriteStringValue(change.Before);
            writer.WriteStringValue(change.After);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, long? number)
    {
        if (number is { } known)
            writer.WriteNumber(name, known);
    }
}
