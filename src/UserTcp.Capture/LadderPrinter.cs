using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>
/// Prints the ladder of a connection: our state on the left, the peer's on the right, each rung a segment, and its
/// sentence behind it, or below it where the terminal is narrow. A segment that the link lost ends in an x.
/// </summary>
/// <param name="writer">Where it prints.</param>
/// <param name="style">How it looks.</param>
/// <param name="causes">Remembers events for chains of causes, perhaps of all connections; null for its own.</param>
public sealed class LadderPrinter(TextWriter writer, LineStyle style, CauseChain? causes = null)
{
    private const int ArrowLength = 16;
    private const string Below = "                 ";

    private readonly CauseChain _causes = causes ?? new CauseChain();
    private MonotonicTime? _start;
    private Part? _part;
    private TcpState _state;

    /// <summary>The parts of a connection.</summary>
    private enum Part
    {
        Handshake,
        Transfer,
        Teardown,
    }

    private bool IsKorean => style.Language == Language.Korean;

    /// <summary>Prints all events of one connection.</summary>
    public void Print(IReadOnlyList<ExplainedEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (events.Count == 0)
            return;
        var last = events[^1];
        PrintHeading(last);
        foreach (var explained in events)
        {
            // What became known later holds for the first segments as well.
            Print(explained with { Iss = explained.Iss ?? last.Iss, Irs = explained.Irs ?? last.Irs });
        }
    }

    /// <summary>Prints the two ends and their ISNs.</summary>
    public void PrintHeading(ExplainedEvent explained)
    {
        ArgumentNullException.ThrowIfNull(explained);
        var tuple = explained.Event.Tuple;
        var (us, peer, port, note) = IsKorean
            ? ("이쪽", "상대", "포트", "(SEQ와 ACK는 상댓값)")
            : ("us", "peer", "port", "(SEQ and ACK relative)");
        writer.WriteLine($"  {us} {tuple.LocalAddress} {port} {tuple.LocalPort}{Isn(", ISS", explained.Iss)}   "
            + $"{peer} {tuple.RemoteAddress} {port} {tuple.RemotePort}{Isn(", ISS", explained.Irs)}   {note}");
    }

    /// <summary>Prints the next event of the connection, unless the style leaves it out.</summary>
    public void Print(ExplainedEvent explained)
    {
        ArgumentNullException.ThrowIfNull(explained);
        var traceEvent = explained.Event;
        if (style.Causes)
            _causes.Add(explained);
        if (!IsShown(traceEvent, style))
            return;
        _start ??= traceEvent.Time;
        _state = traceEvent.Kind == TraceEventKind.Segment
            ? traceEvent.Segment.After
            : traceEvent.Vitals?.State ?? _state;
        if (traceEvent.Kind == TraceEventKind.Segment)
        {
            PrintPart(traceEvent.Segment);
            PrintRung(explained);
        }
        else
        {
            PrintBetween(explained);
        }

        PrintDetails(explained);
    }

    /// <summary>True for events that a ladder of this style shows.</summary>
    internal static bool IsShown(in TraceEvent traceEvent, LineStyle style) =>
        EventLine.IsShown(traceEvent, style.AllEvents)
        && (traceEvent.Kind != TraceEventKind.Connection || style.AllEvents);

    /// <summary>What the event changed, and its causes, if the style says so.</summary>
    private void PrintDetails(ExplainedEvent explained)
    {
        foreach (var change in style.Changes ? explained.Changes : [])
            writer.WriteLine($"{Below}{change.Name}: {change.Before} -> {change.After}");
        if (!style.Causes || !EventLine.IsRetransmission(explained))
            return;
        foreach (var cause in _causes.Of(explained))
            writer.WriteLine($"{Below}{CauseChain.Format(cause, style.Language)}");
    }

    private static string Isn(string name, SeqNum? number) => number is { } isn
        ? string.Create(CultureInfo.InvariantCulture, $"{name} {isn.Value}") : "";

    private void PrintPart(in SegmentObservation segment)
    {
        var part = PartOf(segment, _part);
        if (part != _part)
            writer.WriteLine($"  -- {NameOf(part)} --");
        _part = part;
    }

    private string NameOf(Part part) => part switch
    {
        Part.Handshake => IsKorean ? "연결 설정" : "handshake",
        Part.Transfer => IsKorean ? "전송" : "transfer",
        _ => IsKorean ? "연결 해제" : "teardown",
    };

    private static Part PartOf(in SegmentObservation segment, Part? lastPart)
    {
        if ((segment.Header.Flags & TcpFlags.Syn) != 0 || segment.Before == TcpState.SynReceived
            || segment.Reason == SegmentReason.CompleteHandshake)
        {
            return Part.Handshake;
        }

        if (lastPart == Part.Teardown || (segment.Header.Flags & (TcpFlags.Fin | TcpFlags.Rst)) != 0)
            return Part.Teardown;
        return Part.Transfer;
    }

    private void PrintRung(ExplainedEvent explained)
    {
        var peer = explained.PeerState is { } state ? SegmentLine.State(state) : "";
        var front = $"{Time(explained)}  {SegmentLine.State(_state),-12} {Arrow(explained)} {peer,-12}";
        var numbers = SegmentLine.Numbers(explained);
        var sentence = EventLine.Colored(explained, explained.Say(style.Language), style.Colors);
        if (!style.IsNarrow)
        {
            writer.WriteLine($"{front} {numbers} {sentence}");
            return;
        }

        writer.WriteLine(front.TrimEnd());
        writer.WriteLine($"{Below}{numbers.TrimEnd()}");
        PrintSentence(sentence);
    }

    private void PrintBetween(ExplainedEvent explained)
    {
        var sentence = EventLine.Colored(explained, explained.Say(style.Language), style.Colors);
        writer.WriteLine($"{Time(explained)}  {SegmentLine.State(_state),-12} * {sentence}");
    }

    /// <summary>Wraps a sentence at the style's width, below its rung.</summary>
    private void PrintSentence(string sentence)
    {
        var line = Below;
        foreach (var word in sentence.Split(' '))
        {
            if (line.Length + word.Length + 1 > style.Width && line.Length > Below.Length)
            {
                writer.WriteLine(line.TrimEnd());
                line = Below;
            }

            line += word + " ";
        }

        writer.WriteLine(line.TrimEnd());
    }

    private string Time(ExplainedEvent explained) => string.Create(
        CultureInfo.InvariantCulture, $"  {(explained.Event.Time - _start!.Value).TotalMilliseconds,9:F3} ms");

    private static string Arrow(ExplainedEvent explained)
    {
        var segment = explained.Event.Segment;
        var flags = SegmentLine.Flags(segment.Header.Flags);
        var shaft = new string('-', Math.Max(ArrowLength - 5 - flags.Length, 0));
        if (!segment.Sent)
        {
            return explained.IsLost
                ? $"x{shaft[..(shaft.Length / 2)]}{flags}--".PadLeft(ArrowLength - 1)
                : $"<-{shaft}{flags}--";
        }

        return explained.IsLost
            ? $"--{flags}{shaft[..(shaft.Length / 2)]}x".PadRight(ArrowLength - 1)
            : $"--{flags}{shaft}->";
    }
}
