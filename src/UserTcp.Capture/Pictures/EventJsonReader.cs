using System.Globalization;
using System.Net;
using System.Text.Json;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Pictures;

/// <summary>
/// Reads the lines of <see cref="EventJson"/> back, as far as pictures need them. Lines without a "kind", such as the
/// first one of a watch, are left out. Of the vitals only the state and what "changes" says are known.
/// </summary>
public static class EventJsonReader
{
    /// <summary>Arguments of reasons that are numbers when they look like one; all others are words.</summary>
    private static readonly HashSet<string> NumberNames = ["bytes", "n", "window", "cwnd", "unread", "released", "of"];

    /// <summary>Reads events up to the end.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="maxEvents">Max events; later ones are not read.</param>
    /// <exception cref="FormatException">A line is not such JSON; the message has its number.</exception>
    public static IReadOnlyList<ExplainedEvent> Read(TextReader lines, int maxEvents = 1_000_000)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var events = new List<ExplainedEvent>();
        var byNumber = new Dictionary<long, ExplainedEvent>();
        for (var number = 1; events.Count < maxEvents && lines.ReadLine() is { } line; number++)
        {
            try
            {
                if (ReadLine(line) is not { } explained)
                    continue;
                events.Add(explained);
                byNumber[explained.Event.Number] = explained;
                if (explained is { Event.Kind: TraceEventKind.Link, Of: { } of }
                    && LadderRows.IsLost(explained.Event.Link) && byNumber.TryGetValue(of, out var lost))
                {
                    lost.IsLost = true;
                }
            }
            catch (Exception exception) when (exception is JsonException or FormatException or OverflowException
                or KeyNotFoundException or InvalidOperationException or ArgumentException)
            {
                throw new FormatException($"line {number}: not an event as JSON ({exception.Message})");
            }
        }

        return VitalsFromChanges.Add(events);
    }

    private static ExplainedEvent? ReadLine(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return null;
        using var document = JsonDocument.Parse(line);
        var json = document.RootElement;
        if (!json.TryGetProperty("kind", out var kind))
            return null;
        var traceEvent = new TraceEvent
        {
            Number = json.GetProperty("n").GetInt64(),
            Kind = KindOf(kind.GetString()),
            Time = new MonotonicTime(json.GetProperty("t").GetInt64() / TimeSpan.NanosecondsPerTick),
            Tuple = json.TryGetProperty("local", out _) ? TupleOf(json) : default,
            Iss = SeqOf(json, "iss"),
            Irs = SeqOf(json, "irs"),
            Missed = NumberOf(json, "missed") ?? 0,
            Vitals = json.TryGetProperty("state", out var ours)
                ? new ConnectionVitals { State = StateOf(ours.GetString()) }
                : null,
        };
        var phrases = json.TryGetProperty("reasons", out var reasons)
            ? reasons.EnumerateArray().Select(PhraseOf).ToArray()
            : [new Phrase(ReasonId.Gap, ("n", traceEvent.Missed))];
        return new ExplainedEvent
        {
            Event = AddPayload(traceEvent, json, phrases),
            Phrases = phrases.Length > 0 ? phrases : throw new FormatException("it has no reason"),
            Because = NumberOf(json, "because"),
            Of = NumberOf(json, "of"),
            Changes = ChangesOf(json),
            Iss = traceEvent.Iss,
            Irs = traceEvent.Irs,
            Window = (uint)(NumberOf(json, "win") ?? 0),
            PeerState = json.TryGetProperty("peerState", out var state) ? StateOf(state.GetString()) : null,
        };
    }

    private static TraceEvent AddPayload(in TraceEvent traceEvent, JsonElement json, Phrase[] phrases) =>
        traceEvent.Kind switch
        {
            TraceEventKind.Segment => traceEvent with { Segment = SegmentOf(traceEvent, json, phrases) },
            TraceEventKind.Timer => traceEvent with
            {
                Timer = new TimerChange(EnumOf<TcbTimer>(json, "timer"), EnumOf<TimerAction>(json, "action"), default),
            },
            TraceEventKind.Call => traceEvent with
            {
                Call = EnumOf<UserCall>(json, "call"),
                CallBytes = (int)(NumberOf(json, "bytes") ?? 0),
            },
            TraceEventKind.State => traceEvent with
            {
                State = new StateChange(
                    StateOf(json.GetProperty("fromState").GetString()),
                    StateOf(json.GetProperty("toState").GetString())),
            },
            TraceEventKind.Link => traceEvent with
            {
                Link = new LinkVerdict
                {
                    Kind = EnumOf<LinkVerdictKind>(json, "verdict"),
                    Outbound = json.GetProperty("dir").GetString() == "out",
                },
            },
            TraceEventKind.Connection => traceEvent with
            {
                Connection = new ConnectionChange(ChangeOf(phrases), EngineError.None),
            },
            _ => traceEvent,
        };

    private static SegmentObservation SegmentOf(in TraceEvent traceEvent, JsonElement json, Phrase[] phrases)
    {
        var sent = json.GetProperty("dir").GetString() == "out";
        var (own, other) = sent ? (traceEvent.Iss, traceEvent.Irs) : (traceEvent.Irs, traceEvent.Iss);
        var (near, far) = (traceEvent.Tuple.LocalPort, traceEvent.Tuple.RemotePort);
        return new SegmentObservation
        {
            Time = traceEvent.Time,
            Sent = sent,
            Tuple = traceEvent.Tuple,
            Header = new TcpHeader(
                sent ? near : far, sent ? far : near, RelativeOf(json, "seq", own), RelativeOf(json, "ack", other),
                FlagsOf(json.GetProperty("flags").GetString() ?? ""), 0),
            PayloadLength = json.GetProperty("len").GetInt32(),
            Window = (uint)(NumberOf(json, "win") ?? 0),
            SegmentSize = (int)(NumberOf(json, "mss") ?? 0),
            Sack = json.TryGetProperty("sack", out var sack) ? BlocksOf(sack.GetString() ?? "", other) : default,
            Before = default,
            After = default,
            Reason = ReasonOf(phrases),
            Meaning = MeaningOf(phrases),
        };
    }

    private static TcpFlags FlagsOf(string names) => names.Split(',')
        .Aggregate(TcpFlags.None, (flags, name) => flags | Enum.Parse<TcpFlags>(name, ignoreCase: true));

    private static TraceEventKind KindOf(string? name) => name switch
    {
        "conn" => TraceEventKind.Connection,
        "seg" => TraceEventKind.Segment,
        _ => Enum.Parse<TraceEventKind>(name ?? "", ignoreCase: true),
    };

    private static T EnumOf<T>(JsonElement json, string name)
        where T : struct, Enum => Enum.Parse<T>(json.GetProperty(name).GetString() ?? "");

    private static TcpState StateOf(string? name) => Enum.GetValues<TcpState>()
        .First(state => SegmentLine.State(state) == name);

    private static ConnectionChangeKind ChangeOf(Phrase[] phrases) => phrases[0].Reason.Id switch
    {
        ReasonId.OpenedActively => ConnectionChangeKind.ActiveOpen,
        ReasonId.OpenedPassively => ConnectionChangeKind.PassiveOpen,
        ReasonId.OpenedByCookie => ConnectionChangeKind.CookieOpen,
        _ => ConnectionChangeKind.Ended,
    };

    /// <summary>Those reasons of a segment that pictures ask for.</summary>
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

    private static long? NumberOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    private static SeqNum? SeqOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? new SeqNum(value.GetUInt32()) : null;

    /// <summary>A number relative to an initial one, or "#" and an absolute one.</summary>
    private static SeqNum RelativeOf(JsonElement json, string name, SeqNum? initial)
    {
        if (!json.TryGetProperty(name, out var value))
            return default;
        return value.ValueKind == JsonValueKind.Number
            ? (initial ?? default) + value.GetUInt32()
            : RelativeOf(value.GetString() ?? "", initial);
    }

    private static SeqNum RelativeOf(string number, SeqNum? initial) => number is ['#', .. var absolute]
        ? new SeqNum(uint.Parse(absolute, CultureInfo.InvariantCulture))
        : (initial ?? default) + uint.Parse(number, CultureInfo.InvariantCulture);

    private static SackBlocks BlocksOf(string list, SeqNum? initial)
    {
        var blocks = default(SackBlocks);
        foreach (var block in list.Split(", ").Select(range => range.Split('-')))
            blocks.TryAdd(new SackBlock(RelativeOf(block[0], initial), RelativeOf(block[^1], initial)));
        return blocks;
    }

    private static Phrase PhraseOf(JsonElement json)
    {
        var arguments = json.EnumerateObject().Where(property => property.Name != "id")
            .Select(property => (property.Name, ValueOf(property.Name, property.Value.GetString() ?? ""))).ToArray();
        return new Phrase(EnumOf<ReasonId>(json, "id"), arguments);
    }

    private static object ValueOf(string name, string value) => NumberNames.Contains(name)
        && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : value;

    private static Change[] ChangesOf(JsonElement json) => json.TryGetProperty("changes", out var changes)
        ? [.. changes.EnumerateObject().Select(one => new Change(
            one.Name, one.Value[0].GetString(), one.Value[1].GetString() ?? ""))]
        : [];
}
