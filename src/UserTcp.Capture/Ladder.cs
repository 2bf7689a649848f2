using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>
/// Collects the segments of conversations and prints them as ladders: our state on the left, the peer on the right, and
/// each rung a segment with its explanation. Bounded: segments beyond the limits are counted, not kept.
/// </summary>
public sealed class Ladder(int maxConversations = 64, int maxSegments = 4096) : IEngineObserver
{
    private readonly Lock _lock = new();
    private readonly Dictionary<FourTuple, Conversation> _conversations = [];

    /// <summary>Segments that were not kept because a limit was reached.</summary>
    public long Omitted { get; private set; }

    /// <summary>The conversations in order of their first segment.</summary>
    public IReadOnlyList<FourTuple> Conversations
    {
        get
        {
            lock (_lock)
                return [.. _conversations.Values.OrderBy(c => c.Segments[0].Time).Select(c => c.Segments[0].Tuple)];
        }
    }

    /// <inheritdoc/>
    public void OnSegment(in SegmentObservation observation)
    {
        lock (_lock)
        {
            if (!_conversations.TryGetValue(observation.Tuple, out var conversation))
            {
                if (_conversations.Count == maxConversations)
                {
                    Omitted++;
                    return;
                }

                _conversations.Add(observation.Tuple, conversation = new Conversation());
            }

            if (conversation.Segments.Count < maxSegments)
                conversation.Segments.Add(observation);
            else
                Omitted++;
        }
    }

    /// <summary>The segments of one conversation so far; empty when there is none.</summary>
    public IReadOnlyList<SegmentObservation> Segments(FourTuple conversation)
    {
        lock (_lock)
            return _conversations.TryGetValue(conversation, out var found) ? [.. found.Segments] : [];
    }

    /// <summary>Prints one conversation, with a heading for each of its parts: handshake, transfer, teardown.</summary>
    public void Print(TextWriter writer, FourTuple conversation)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var segments = Segments(conversation);
        if (segments.Count == 0)
            return;
        writer.WriteLine($"  us {conversation.LocalAddress} port {conversation.LocalPort}   peer "
            + $"{conversation.RemoteAddress} port {conversation.RemotePort}   (SEQ and ACK relative)");
        var (iss, irs) = InitialNumbers(segments);
        string? lastPart = null;
        foreach (var segment in segments)
        {
            var part = PartOf(segment, lastPart);
            if (part != lastPart)
                writer.WriteLine($"  -- {part} --");
            lastPart = part;
            writer.WriteLine(Rung(segment, segments[0].Time, iss, irs));
        }
    }

    private static (SeqNum? Iss, SeqNum? Irs) InitialNumbers(IReadOnlyList<SegmentObservation> segments)
    {
        var known = segments.LastOrDefault(segment => segment is { Iss: not null, Irs: not null });
        return (known.Iss, known.Irs);
    }

    private static string PartOf(in SegmentObservation segment, string? lastPart)
    {
        if ((segment.Header.Flags & TcpFlags.Syn) != 0 || segment.Before == TcpState.SynReceived
            || segment.Reason == SegmentReason.CompleteHandshake)
        {
            return "handshake";
        }

        if (lastPart == "teardown" || (segment.Header.Flags & (TcpFlags.Fin | TcpFlags.Rst)) != 0)
            return "teardown";
        return "transfer";
    }

    private static string Rung(in SegmentObservation segment, MonotonicTime start, SeqNum? iss, SeqNum? irs)
    {
        var flags = SegmentLine.Flags(segment.Header.Flags);
        var shaft = new string('-', 11 - Math.Min(flags.Length, 11));
        var arrow = segment.Sent ? $"--{flags}{shaft}->" : $"<-{shaft}{flags}--";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"  {(segment.Time - start).TotalMilliseconds,9:F3} ms  {SegmentLine.State(segment.After),-12} {arrow}  "
            + $"{SegmentLine.Numbers(segment, iss, irs)} {SegmentWords.Explain(segment)}");
    }

    private sealed class Conversation
    {
        public List<SegmentObservation> Segments { get; } = [];
    }
}
