using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>Differences in what is acceptable to a synchronized connection (RFC 9293 section 3.10.7.4).</summary>
internal static class ArrivalRules
{
    public static readonly IReadOnlyList<Rule> All =
    [
        new("no-ack-bit",
            "RFC 9293 section 3.10.7.4 checks the sequence number first, and answers an unacceptable segment. Linux drops what has neither ACK, RST nor SYN before "
            + "it looks at anything else.")
        {
            Explains = difference => difference.Inject is { } segment && (segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == 0
                && difference is { IsStateSame: true, Engine.Shape: "ACK", Linux.Shape: "nothing" },
            GoesOn = true,
        },

        new("rst-at-the-brim",
            "RFC 5961 section 3.2: a RST outside the window is dropped in silence. Linux takes what begins at RCV.NXT + RCV.WND, or ends at RCV.NXT, for inside, and "
            + "challenges.")
        {
            Explains = difference => difference.Inject is { } segment && segment.Flags.HasFlag(TcpFlags.Rst)
                && (difference.Place!.Seq == difference.Before.Window || (segment.Length > 0 && difference.Place.Seq + segment.Length == 0))
                && difference is { IsStateSame: true, Engine.Shape: "nothing", Linux.Shape: "ACK" },
            GoesOn = true,
        },

        new("brim-of-the-window",
            "RFC 9293 section 3.4, table 6, wants an octet of the segment in the window. Linux lets through also what ends at RCV.NXT or begins at the right edge, so "
            + "that its ACK and its window count; text there it does not answer once the peer has closed.")
        {
            Explains = difference => difference.Inject is { } segment
                && (segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == TcpFlags.Ack
                && segment.Length is > 0 and var length && (difference.Place!.Seq == difference.Before.Window || difference.Place.Seq + length == 0)
                && difference.Engine.Shape == "ACK" && IsBrimAnswer(difference),
            Hides = moment => moment is { IsOrdinary: true, Segment.Length: > 0 }
                && (moment.Place.Seq == moment.Before.Window ? moment.IsAckAcceptable : moment is { End: 0, IsNews: true }),
        },

        new("past-the-edge",
            "RFC 9293 section 3.10.7.4, first step: what lies beyond the window is trimmed off, and the rest is taken. Linux drops a segment that ends beyond the "
            + "window while there is text that the user has not read, or calls it unacceptable after the peer's FIN.")
        {
            Explains = difference => difference.Inject is { } segment && difference.Place!.Seq < difference.Before.Window
                && difference.Place.Seq + segment.Length > difference.Before.Window
                && (segment.Flags.HasFlag(TcpFlags.Rst) ? difference is { Engine.Shape: "ACK", Linux.Shape: "nothing" } : difference.Linux.Shape == "ACK"),
            Hides = moment => moment is { IsOrdinary: true, IsAckAcceptable: true } && IsPast(moment),
        },

        new("text-over-the-fin",
            "RFC 9293 section 3.10.7.4, seventh step: text behind the peer's FIN should not occur, and is ignored. Linux takes what overlaps the FIN for text that "
            + "nobody will read, and resets.")
        {
            Explains = difference => difference.Before.State is "CLOSE-WAIT" or "CLOSING" or "LAST-ACK" && difference.Inject is { Data: > 0 } segment
                && difference.Place is { Seq: < 0 } place && place.Seq + segment.Data > 0 && difference.Linux.Shape == "RST"
                && difference.Engine.IsOrdinary,
        },

        new("rst-at-the-fin",
            "RFC 5961 section 3.2 wants a RST at RCV.NXT. Linux also believes RCV.NXT - 1 once the peer has closed, for a system that forgets to count its FIN.")
        {
            Explains = difference => difference.Before.State is "CLOSE-WAIT" or "CLOSING" or "LAST-ACK" && difference.Place is { Seq: -1 }
                && difference.Inject is { } segment && segment.Flags.HasFlag(TcpFlags.Rst)
                && difference is { Engine.Shape: "nothing" or "ACK", Linux: { Shape: "nothing", State: "CLOSED" or "-" } },
            Hides = moment => moment.Segment.Flags.HasFlag(TcpFlags.Rst)
                && moment is { Place.Seq: -1, Before.State: "CLOSE-WAIT" or "CLOSING" or "LAST-ACK" },
        },

        new("ack-of-nothing",
            "RFC 5961 section 5.2 challenges what the peer cannot mean. ISS acknowledges nothing, not even our SYN; Linux lets it pass after an active open.")
        {
            Explains = difference => difference.Place is { FromIss: 0 } && difference.Inject is { } segment && segment.Flags.HasFlag(TcpFlags.Ack)
                && difference is { Engine.Shape: "ACK", Linux.Shape: "nothing" or "ACK" },
        },

        new("text-with-ack-of-nothing",
            "RFC 5961 section 5.2: ISS acknowledges nothing. We drop the segment; Linux takes its text after an active open.")
        {
            Hides = moment => moment is { IsOrdinary: true, Place.FromIss: 0, Segment.Length: > 0, End: > 0 },
        },

        new("old-ack-with-next-text",
            "RFC 5961 section 5.2: a segment whose ACK is too old is discarded, and an ACK sent. Linux does not look at the ACK of what its header prediction lets "
            + "through, which is just the next text of an open connection.")
        {
            Explains = difference => difference.Before.State == "ESTABLISHED" && difference.Place is { Seq: 0, Ack: < 0 }
                && difference.Inject is { Data: > 0 and var text } segment && (segment.Flags & ~TcpFlags.Psh) == TcpFlags.Ack
                && difference is { IsStateSame: true, Engine.Sent: [{ IsBareAck: true } ours], Linux.Sent: [{ IsBareAck: true } theirs] }
                && theirs.Ack >= ours.Ack + text,
        },

        new("contradictory-peer",
            "RFC 9293 section 3.10.7.4, eighth step, knows one FIN. A peer whose stream ends twice, or goes on behind its end, is believed by us when it first says "
            + "so, also out of order; by Linux when it says so in order.")
        {
            Explains = difference => difference.Place is { IsContradiction: true } && IsFinStillToCome(difference)
                && difference.Engine.IsOrdinary
                && (difference.Linux.IsOrdinary || (difference is { Before.HasSocket: false, Linux.Shape: "RST" })),
        },
    ];

    private static bool IsPast(Moment moment) =>
        moment.Place.Seq < moment.Before.Window && moment.End > moment.Before.Window
        && (moment.Before.Unread > 0 || moment.Before.State is "CLOSE-WAIT" or "CLOSING" or "LAST-ACK");

    /// <summary>So we think, or the peer says so now.</summary>
    private static bool IsFinStillToCome(Difference difference) =>
        difference.Before.State is "ESTABLISHED" or "FIN-WAIT-1" or "FIN-WAIT-2" || difference.Inject!.Flags.HasFlag(TcpFlags.Fin);

    /// <summary>Where Linux's answer shows that the ACK or the window counted, or that it has been through with the peer.</summary>
    private static bool IsBrimAnswer(Difference difference) => difference.Before.State == "SYN-RECEIVED"
        ? difference.Before.HasSocket && (difference.Linux.Shape == "RST" || difference.Linux.State is "ESTABLISHED" or "FIN-WAIT-1")
        : difference.Linux.IsOrdinary;
}
