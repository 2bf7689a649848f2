using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>Explains what the link did to frames.</summary>
internal static class LinkVerdicts
{
    public static Explanation Explain(in TraceEvent traceEvent, Conversation conversation)
    {
        var verdict = traceEvent.Link;
        var sent = verdict.Outbound ? conversation.FindSent(verdict) : null;
        if (verdict is { Outbound: true, Kind: LinkVerdictKind.Lost or LinkVerdictKind.QueueFull })
        {
            sent?.Event.IsLost = true;
            conversation.LoseLast(verdict);
        }

        var phrase = new Phrase(
            ReasonOf(verdict.Kind), ("frame", FrameOf(verdict, conversation)), ("cause", CauseOf(verdict)),
            ("delay", Numbers.Span(verdict.Delay)));
        return new Explanation([phrase]) { Of = sent?.Number };
    }

    private static ReasonId ReasonOf(LinkVerdictKind kind) => kind switch
    {
        LinkVerdictKind.Lost => ReasonId.LinkLost,
        LinkVerdictKind.Held => ReasonId.LinkHeld,
        LinkVerdictKind.Duplicated => ReasonId.LinkDuplicated,
        LinkVerdictKind.Reordered => ReasonId.LinkReordered,
        LinkVerdictKind.Corrupted => ReasonId.LinkCorrupted,
        LinkVerdictKind.Marked => ReasonId.LinkMarked,
        LinkVerdictKind.Replayed => ReasonId.LinkReplayed,
        _ => ReasonId.LinkQueueFull,
    };

    /// <summary>The frame by its flags and numbers, as "ACK seq=1449 len=1448".</summary>
    private static string FrameOf(in LinkVerdict verdict, Conversation conversation)
    {
        var own = verdict.Outbound ? conversation.Iss : conversation.Irs;
        if ((verdict.Header.Flags & TcpFlags.Syn) != 0)
            own ??= verdict.Header.Seq;
        var direction = verdict.Outbound ? "" : " of the peer";
        return FormattableString.Invariant(
            $"{SegmentLine.Flags(verdict.Header.Flags)} seq={Numbers.Relative(verdict.Header.Seq, own)} ")
            + FormattableString.Invariant($"len={verdict.PayloadLength}{direction}");
    }

    private static string CauseOf(in LinkVerdict verdict) => verdict.Cause switch
    {
        LinkVerdictCause.Trigger => verdict.Trigger ?? "a trigger",
        LinkVerdictCause.Burst => "a burst of losses",
        LinkVerdictCause.Queue => "its queue",
        LinkVerdictCause.Mtu => "its MTU",
        LinkVerdictCause.LinkDown => "it is down",
        LinkVerdictCause.Corruption => "corruption that no checksum would show",
        _ => "chance",
    };
}
