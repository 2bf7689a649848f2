using System.Globalization;
using System.Net;
using System.Text.Json;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Pictures;

/// <summary>Parses the JSON of one event (<see cref="EventJson"/>).</summary>
internal static class EventParser
{
    /// <summary>Arguments of reasons that are numbers when they look like one; all others are words.</summary>
    private static readonly HashSet<string> NumberNames = ["bytes", "n", "window", "cwnd", "unread", "released", "of"];

    /// <summary>An event; null for an object that is none, such as the first line of a watch.</summary>
    /// <param name="line">The JSON.</param>
    /// <param name="isEarlier">An earlier version has written it: the vitals are only in the changes.</param>
    /// <exception cref="Exception">It is not such JSON (<see cref="JsonFields.IsError"/>).</exception>
    public static ExplainedEvent? Parse(string line, out bool isEarlier)
    {
        using var document = JsonDocument.Parse(line);
        var json = document.RootElement;
        var explained = Parse(json);
        isEarlier = explained is not null && json.TryGetProperty("state", out _)
            && !json.TryGetProperty("vitals", out _);
        return explained;
    }

    /// <summary>An event in UTF-8; null when it is none, or something is wrong with it.</summary>
    public static ExplainedEvent? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Parse(document.RootElement);
        }
        catch (Exception exception) when (JsonFields.IsError(exception))
        {
            return null;
        }
    }

    private static ExplainedEvent? Parse(JsonElement json)
    {
        if (!json.TryGetProperty("kind", out var kind))
            return null;
        var (iss, irs) = (JsonFields.Isn(json, "iss"), JsonFields.Isn(json, "irs"));
        var traceEvent = new TraceEvent
        {
            Number = json.GetProperty("n").GetInt64(),
            Kind = KindOf(kind.GetString()),
            Time = TimeOf(json, "t"),
            Tuple = json.TryGetProperty("local", out _) ? TupleOf(json) : default,
            Iss = iss,
            Irs = irs,
            Missed = JsonFields.Number(json, "missed") ?? 0,
            Vitals = VitalsOf(json, iss, irs),
        };
        var phrases = json.TryGetProperty("reasons", out var reasons)
            ? reasons.EnumerateArray().Select(PhraseOf).ToArray()
            : [new Phrase(ReasonId.Gap, ("n", traceEvent.Missed))];
        return new ExplainedEvent
        {
            Event = AddPayload(traceEvent, json, phrases),
            Phrases = phrases.Length > 0 ? phrases : throw new FormatException("it has no reason"),
            Because = JsonFields.Number(json, "because"),
            Of = JsonFields.Number(json, "of"),
            Changes = ChangesOf(json),
            Iss = iss,
            Irs = irs,
            Window = (uint)(JsonFields.Number(json, "win") ?? 0),
            PeerState = json.TryGetProperty("peerState", out var state) ? StateOf(state.GetString()) : null,
            IsPeerStateRead = json.TryGetProperty("peerStateSource", out _),
        };
    }

    private static MonotonicTime TimeOf(JsonElement json, string name) =>
        new(json.GetProperty(name).GetInt64() / TimeSpan.NanosecondsPerTick);

    private static ConnectionVitals? VitalsOf(JsonElement json, SeqNum? iss, SeqNum? irs)
    {
        if (!json.TryGetProperty("state", out var name))
            return null;
        var state = StateOf(name.GetString());
        return json.TryGetProperty("vitals", out var vitals)
            ? VitalsJson.Read(vitals, state, iss, irs)
            : new ConnectionVitals { State = state };
    }

    private static TraceEvent AddPayload(in TraceEvent traceEvent, JsonElement json, Phrase[] phrases) =>
        traceEvent.Kind switch
        {
            TraceEventKind.Segment => traceEvent with { Segment = SegmentOf(traceEvent, json, phrases) },
            TraceEventKind.Loss => traceEvent with { Loss = LossOf(json, traceEvent.Iss) },
            TraceEventKind.Timer => traceEvent with
            {
                Timer = new TimerChange(
                    JsonFields.Name<TcbTimer>(json, "timer"), JsonFields.Name<TimerAction>(json, "action"),
                    json.TryGetProperty("deadline", out _) ? TimeOf(json, "deadline") : default),
            },
            TraceEventKind.Call => traceEvent with
            {
                Call = JsonFields.Name<UserCall>(json, "call"),
                CallBytes = (int)(JsonFields.Number(json, "bytes") ?? 0),
            },
            TraceEventKind.State => traceEvent with
            {
                State = new StateChange(
                    StateOf(json.GetProperty("fromState").GetString()),
                    StateOf(json.GetProperty("toState").GetString())),
            },
            TraceEventKind.Link => traceEvent with { Link = VerdictOf(traceEvent, json) },
            TraceEventKind.Connection => traceEvent with
            {
                Connection = new ConnectionChange(
                    json.TryGetProperty("change", out _)
                        ? JsonFields.Name<ConnectionChangeKind>(json, "change")
                        : ChangeOf(phrases),
                    JsonFields.OptionalName<EngineError>(json, "error")),
            },
            _ => traceEvent,
        };

    private static LossFinding LossOf(JsonElement json, SeqNum? iss) => new()
    {
        Rule = JsonFields.OptionalName<LossRule>(json, "rule"),
        From = JsonFields.Seq(json, "from", iss),
        End = JsonFields.Seq(json, "end", iss),
        Bytes = (int)(JsonFields.Number(json, "bytes") ?? 0),
        DeliveredEnd = JsonFields.Seq(json, "deliveredEnd", iss),
        SentLaterBy = JsonFields.Span(json, "sentLaterBy"),
        ReorderingWindow = JsonFields.Span(json, "reorderingWindow"),
    };

    private static LinkVerdict VerdictOf(in TraceEvent traceEvent, JsonElement json)
    {
        var outbound = json.GetProperty("dir").GetString() == "out";
        var cause = json.TryGetProperty("cause", out var name)
            ? JsonFields.Printable(name.GetString() ?? "")
            : nameof(LinkVerdictCause.Chance);
        var isTrigger = !Enum.TryParse<LinkVerdictCause>(cause, out var known);
        return new LinkVerdict
        {
            Kind = JsonFields.Name<LinkVerdictKind>(json, "verdict"),
            Cause = isTrigger ? LinkVerdictCause.Trigger : known,
            Trigger = isTrigger ? cause : null,
            Outbound = outbound,
            Tuple = traceEvent.Tuple,
            Header = HeaderOf(traceEvent, json, outbound),
            PayloadLength = (int)(JsonFields.Number(json, "len") ?? 0),
            Delay = JsonFields.Span(json, "delay"),
        };
    }

    private static TcpHeader HeaderOf(in TraceEvent traceEvent, JsonElement json, bool outbound)
    {
        var (own, other) = outbound ? (traceEvent.Iss, traceEvent.Irs) : (traceEvent.Irs, traceEvent.Iss);
        var (near, far) = (traceEvent.Tuple.LocalPort, traceEvent.Tuple.RemotePort);
        var ack = json.TryGetProperty("ackField", out var field)
            ? new SeqNum(field.GetUInt32())
            : JsonFields.Seq(json, "ack", other);
        return new TcpHeader(
            outbound ? near : far, outbound ? far : near, JsonFields.Seq(json, "seq", own), ack,
            FlagsOf(json.TryGetProperty("flags", out var flags) ? flags.GetString() ?? "" : "none"),
            (ushort)(JsonFields.Number(json, "window") ?? 0), (ushort)(JsonFields.Number(json, "urgent") ?? 0));
    }

    private static SegmentObservation SegmentOf(in TraceEvent traceEvent, JsonElement json, Phrase[] phrases)
    {
        var sent = json.GetProperty("dir").GetString() == "out";
        var after = traceEvent.Vitals?.State ?? TcpState.Closed;
        return new SegmentObservation
        {
            Time = traceEvent.Time,
            Sent = sent,
            Tuple = traceEvent.Tuple,
            Iss = traceEvent.Iss,
            Irs = traceEvent.Irs,
            Header = HeaderOf(traceEvent, json, sent),
            PayloadLength = json.GetProperty("len").GetInt32(),
            Window = (uint)(JsonFields.Number(json, "scaled") ?? JsonFields.Number(json, "win") ?? 0),
            SegmentSize = (int)(JsonFields.Number(json, "mss") ?? 0),
            IsCe = json.TryGetProperty("ce", out _),
            Sack = JsonFields.Blocks(json, "sack", sent ? traceEvent.Irs : traceEvent.Iss),
            Timestamps = json.TryGetProperty("tsval", out var stamp)
                ? new TcpTimestamps(stamp.GetUInt32(), json.GetProperty("tsecr").GetUInt32())
                : null,
            Mss = (ushort?)JsonFields.Number(json, "mssOption"),
            WindowScale = JsonFields.Number(json, "windowScale") is { } shift
                ? WindowScale.FromWire((byte)shift)
                : null,
            SackPermitted = json.TryGetProperty("sackPermitted", out _),
            Before = json.TryGetProperty("before", out var before) ? StateOf(before.GetString()) : after,
            After = json.TryGetProperty("after", out var state) ? StateOf(state.GetString()) : after,
            Reason = json.TryGetProperty("reason", out _)
                ? JsonFields.Name<SegmentReason>(json, "reason")
                : ReasonOf(phrases),
            Disposition = JsonFields.OptionalName<Disposition>(json, "disposition"),
            Meaning = json.TryGetProperty("meaning", out var meaning)
                ? JsonFields.Meanings(meaning.GetString() ?? "")
                : json.TryGetProperty("disposition", out _) ? SegmentMeaning.None : MeaningOf(phrases),
        };
    }

    private static TcpFlags FlagsOf(string names) => names.Split(',')
        .Aggregate(TcpFlags.None, (flags, name) => flags | Enum.Parse<TcpFlags>(name, ignoreCase: true));

    private static TraceEventKind KindOf(string? name) => name switch
    {
        "conn" => TraceEventKind.Connection,
        "seg" => TraceEventKind.Segment,
        { Length: > 0 } => JsonFields.Name<TraceEventKind>($"{char.ToUpperInvariant(name[0])}{name[1..]}"),
        _ => throw new FormatException("it has no kind"),
    };

    private static TcpState StateOf(string? name) => Enum.GetValues<TcpState>()
        .First(state => SegmentLine.State(state) == name);

    private static ConnectionChangeKind ChangeOf(Phrase[] phrases) => phrases[0].Reason.Id switch
    {
        ReasonId.OpenedActively => ConnectionChangeKind.ActiveOpen,
        ReasonId.OpenedPassively => ConnectionChangeKind.PassiveOpen,
        ReasonId.OpenedByCookie => ConnectionChangeKind.CookieOpen,
        _ => ConnectionChangeKind.Ended,
    };

    /// <summary>Those reasons of a segment that pictures ask for: earlier versions wrote no others.</summary>
    private static SegmentReason ReasonOf(Phrase[] phrases) => phrases[0].Reason.Id switch
    {
        ReasonId.ZeroWindowProbe => SegmentReason.ZeroWindowProbe,
        ReasonId.AcknowledgeOutOfOrder => SegmentReason.AcknowledgeOutOfOrder,
        ReasonId.AcknowledgeDuplicate => SegmentReason.AcknowledgeDuplicate,
        _ => SegmentReason.None,
    };

    private static SegmentMeaning MeaningOf(Phrase[] phrases)
    {
        var meaning = SegmentMeaning.None;
        foreach (var phrase in phrases)
        {
            meaning |= phrase.Reason.Id switch
            {
                ReasonId.DuplicateAck => SegmentMeaning.DuplicateAck,
                ReasonId.FillsHole => SegmentMeaning.FillsHole,
                ReasonId.AlreadyReceived => SegmentMeaning.AlreadyReceived,
                _ => SegmentMeaning.None,
            };
        }

        return meaning;
    }

    private static FourTuple TupleOf(JsonElement json)
    {
        var (local, peer) = (EndPointOf(json, "local"), EndPointOf(json, "peer"));
        return new FourTuple(
            IpAddress.From(local.Address), new Port((ushort)local.Port), IpAddress.From(peer.Address),
            new Port((ushort)peer.Port));
    }

    private static IPEndPoint EndPointOf(JsonElement json, string name) =>
        IPEndPoint.Parse(json.GetProperty(name).GetString() ?? "");

    private static Phrase PhraseOf(JsonElement json)
    {
        var arguments = json.EnumerateObject().Where(property => property.Name != "id")
            .Select(property => (property.Name, ValueOf(property.Name, PrintableOf(property.Value) ?? ""))).ToArray();
        return new Phrase(JsonFields.Name<ReasonId>(json, "id"), arguments);
    }

    private static object ValueOf(string name, string value) => NumberNames.Contains(name)
        && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : value;

    private static Change[] ChangesOf(JsonElement json) => json.TryGetProperty("changes", out var changes)
        ? [.. changes.EnumerateObject().Select(one => new Change(
            JsonFields.Printable(one.Name), PrintableOf(one.Value[0]), PrintableOf(one.Value[1]) ?? ""))]
        : [];

    private static string? PrintableOf(JsonElement json) =>
        json.GetString() is { } value ? JsonFields.Printable(value) : null;
}
