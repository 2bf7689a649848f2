using System.Text.Json;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>
/// The variables of a connection as a JSON object, exact: times in nanoseconds, sequence numbers relative to the ISNs.
/// Variables that are zero, empty or in their usual state are left out.
/// </summary>
internal static class VitalsJson
{
    public static void Write(Utf8JsonWriter writer, in ConnectionVitals vitals, SeqNum? iss, SeqNum? irs)
    {
        writer.WriteStartObject("vitals");
        EventJson.WriteSeq(writer, "una", vitals.SndUna, iss);
        EventJson.WriteSeq(writer, "nxt", vitals.SndNxt, iss);
        Write(writer, "wnd", vitals.SndWnd);
        EventJson.WriteSeq(writer, "rcvNxt", vitals.RcvNxt, irs);
        Write(writer, "rcvWnd", vitals.RcvWnd);
        Write(writer, "cwnd", vitals.Cwnd);
        if (vitals.Ssthresh != long.MaxValue)
            writer.WriteNumber("ssthresh", vitals.Ssthresh);
        Write(writer, "pipe", vitals.Pipe);
        Write(writer, "sacked", vitals.Sacked);
        Write(writer, "lost", vitals.Lost);
        Write(writer, "srtt", Nanoseconds(vitals.Srtt));
        Write(writer, "rttvar", Nanoseconds(vitals.RttVar));
        Write(writer, "minRtt", Nanoseconds(vitals.MinRtt));
        Write(writer, "rto", Nanoseconds(vitals.Rto));
        Write(writer, "backoff", vitals.Backoff);
        if (vitals.Recovery != default)
            writer.WriteString("recovery", vitals.Recovery.ToString());
        if (vitals.Limit != default)
            writer.WriteString("limit", vitals.Limit.ToString());
        Write(writer, "unsent", vitals.Unsent);
        Write(writer, "unread", vitals.Unread);
        if (vitals.OutOfOrder.Count > 0)
            writer.WriteString("outOfOrder", Numbers.Blocks(vitals.OutOfOrder, irs));
        Write(writer, "mss", vitals.SndMss);
        Write(writer, "sndScale", vitals.SndScale.Shift);
        Write(writer, "rcvScale", vitals.RcvScale.Shift);
        writer.WriteEndObject();
    }

    public static ConnectionVitals Read(JsonElement json, TcpState state, SeqNum? iss, SeqNum? irs) => new()
    {
        State = state,
        SndUna = JsonFields.Seq(json, "una", iss),
        SndNxt = JsonFields.Seq(json, "nxt", iss),
        SndWnd = (uint)Number(json, "wnd"),
        RcvNxt = JsonFields.Seq(json, "rcvNxt", irs),
        RcvWnd = (uint)Number(json, "rcvWnd"),
        Cwnd = Number(json, "cwnd"),
        Ssthresh = JsonFields.Number(json, "ssthresh") ?? long.MaxValue,
        Pipe = (int)Number(json, "pipe"),
        Sacked = (int)Number(json, "sacked"),
        Lost = (int)Number(json, "lost"),
        Srtt = JsonFields.Span(json, "srtt"),
        RttVar = JsonFields.Span(json, "rttvar"),
        MinRtt = JsonFields.Span(json, "minRtt"),
        Rto = JsonFields.Span(json, "rto"),
        Backoff = (byte)Number(json, "backoff"),
        Recovery = JsonFields.OptionalName<RecoveryState>(json, "recovery"),
        Limit = JsonFields.OptionalName<SendLimit>(json, "limit"),
        Unsent = (int)Number(json, "unsent"),
        Unread = (int)Number(json, "unread"),
        OutOfOrder = JsonFields.Blocks(json, "outOfOrder", irs),
        SndMss = (int)Number(json, "mss"),
        SndScale = WindowScale.FromWire((byte)Number(json, "sndScale")),
        RcvScale = WindowScale.FromWire((byte)Number(json, "rcvScale")),
    };

    private static long Nanoseconds(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;

    private static long Number(JsonElement json, string name) => JsonFields.Number(json, name) ?? 0;

    private static void Write(Utf8JsonWriter writer, string name, long value)
    {
        if (value != 0)
            writer.WriteNumber(name, value);
    }
}
