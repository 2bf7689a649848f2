using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>Differences in what is acceptable to a synchronized connection (RFC 9293 section 3.10.7.4).</summary>
internal static class ArrivalRules
{
    public static readonly IReadOnlyList<Rule> All =
    [
        new("no-ack-bit",
            "RFC 9293 section 3.10.7.4 checks the sequence number first, and answers an unacceptable segment. Linux "
            + "first drops segments with neither ACK, RST nor SYN.")
        {
            Explains = difference => difference.Inject is { } segment
                && (segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == 0
                && difference is { IsStateSame: true, Engine.Shape: "ACK", Linux.Shape: "nothing" },
            GoesOn = true,
        },

        new("rst-at-the-edge",
            "RFC 5961 section 3.2: a RST outside the window is dropped in silence. Linux counts a segment that begins "
            + "at RCV.NXT + RCV.WND, or ends at RCV.NXT, as inside, and challenges.")
        {
            Explains = difference => difference.Inject is { } segment && segment.Flags.HasFlag(TcpFlags.Rst)
                && (difference.Place!.Seq == difference.Before.Window
                    || (segment.Length > 0 && difference.Place.Seq + segment.Length == 0))
                && difference is { IsStateSame: true, Engine.Shape: "nothing", Linux.Shape: "ACK" },
            GoesOn = true,
        },

        new("edge-of-the-window",
            "RFC 9293 section 3.4, table 6, wants an octet of the segment in the window. Linux also accepts a segment "
            + "that ends at RCV.NXT or begins at the right edge, so that its ACK and its window count; it does not "
            + "answer data there after the peer's FIN.")
        {
            Explains = difference => difference.Inject is { } segment
                && (segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == TcpFlags.Ack
                && segment.Length is > 0 and var length
                && (difference.Place!.Seq == difference.Before.Window || difference.Place.Seq + length == 0)
                && difference.Engine.Shape == "ACK" && IsEdgeAnswer(difference),
            Hides = moment => moment is { IsOrdinary: true, Segment.Length: > 0 }
                && (moment.Place.Seq == moment.Before.Window
                    ? moment.IsAckAcceptable
                    : moment is { End: 0, IsNews: true }),
        },

        new("past-the-edge",
            "RFC 9293 section 3.10.7.4, first step: data beyond the window is trimmed off, and the rest is accepted. "
            + "Linux drops a segment that ends beyond the window while the user has unread data, and calls it "
            + "unacceptable after the peer's FIN.")
        {
            Explains = difference => difference.Inject is { } segment
                && difference.Place!.Seq < difference.Before.Window
                && difference.Place.Seq + segment.Length > difference.Before.Window
                && (segment.Flags.HasFlag(TcpFlags.Rst)
                    ? difference is { Engine.Shape: "ACK", Linux.Shape: "nothing" }
                    : difference.Linux.Shape == "ACK"),
            Hides = moment => moment is { IsOrdinary: true, IsAckAcceptable: true } && IsPast(moment),
        },

        new("data-over-the-fin",
            "RFC 9293 section 3.10.7.4, seventh step: data after the peer's FIN should not occur, and is ignored. "
            + "Linux counts data that overlaps the FIN as data that nobody will read, and resets.")
        {
            Explains = difference => difference.Before.State is "CLOSE-WAIT" or "CLOSING" or "LAST-ACK"
                && difference.Inject is { Data: > 0 } segment && difference.Place is { Seq: < 0 } place
                && place.Seq + segment.Data > 0 && difference.Linux.Shape == "RST"
                && difference.Engine.IsOrdinary,
        },

        new("rst-at-the-fin",
            "RFC 5961 section 3.2 wants a RST at RCV.NXT. Linux also accepts RCV.NXT - 1 once the peer has closed, for "
            + "systems that do not count their FIN.")
        {
            Explains = difference => difference.Before.State is "CLOSE-WAIT" or "CLOSING" or "LAST-ACK"
                && difference.Place is { Seq: -1 } && difference.Inject is { } segment
                && segment.Flags.HasFlag(TcpFlags.Rst)
                && difference is { Engine.Shape: "nothing" or "ACK",
                    Linux: { Shape: "nothing", State: "CLOSED" or "-" } },
            Hides = moment => moment.Segment.Flags.HasFlag(TcpFlags.Rst)
                && moment is { Place.Seq: -1, Before.State: "CLOSE-WAIT" or "CLOSING" or "LAST-ACK" },
        },

        new("ack-of-iss",
            "RFC 5961 section 5.2 challenges an invalid ACK. ISS acknowledges nothing, not even our SYN; Linux accepts "
            + "it after an active open.")
        {
            Explains = difference => difference.Place is { FromIss: 0 } && difference.Inject is { } segment
                && segment.Flags.HasFlag(TcpFlags.Ack)
                && difference is { Engine.Shape: "ACK", Linux.Shape: "nothing" or "ACK" },
        },

        new("data-with-ack-of-iss",
            "RFC 5961 section 5.2: ISS acknowledges nothing. We drop the segment; Linux accepts its data after "
            + "an active open.")
        {
            Hides = moment => moment is { IsOrdinary: true, Place.FromIss: 0, Segment.Length: > 0, End: > 0 },
        },

        new("old-ack-with-next-data",
            "RFC 5961 section 5.2: a segment whose ACK is too old is discarded, and an ACK sent. Linux does not check "
            + "the ACK of segments that its header prediction accepts, which is in-order data in ESTABLISHED.")
        {
            Explains = difference => difference.Before.State == "ESTABLISHED"
                && difference.Place is { Seq: 0, Ack: < 0 } && difference.Inject is { Data: > 0 and var length } segment
                && (segment.Flags & ~TcpFlags.Psh) == TcpFlags.Ack
                && difference is { IsStateSame: true, Engine.Sent: [{ IsBareAck: true } ours],
                    Linux.Sent: [{ IsBareAck: true } theirs] }
                && theirs.Ack >= ours.Ack + length,
        },

        new("contradictory-peer",
            "RFC 9293 section 3.10.7.4, eighth step, knows one FIN. When a peer's stream ends twice, or continues "
            + "after its end, we follow its first FIN, also one out of order; Linux follows the first in order.")
        {
            Explains = difference => difference.Place is { IsContradiction: true } && IsFinStillToCome(difference)
                && difference.Engine.IsOrdinary
                && (difference.Linux.IsOrdinary || (difference is { Before.HasSocket: false, Linux.Shape: "RST" })),
        },
    ];

    private static bool IsPast(Moment moment) =>
        moment.Place.Seq < moment.Before.Window && moment.End > moment.Before.Window
        && (moment.Before.Unread > 0 || moment.Before.State is "CLOSE-WAIT" or "CLOSING" or "LAST-ACK");

    /// <summary>The engine has no FIN yet, or this segment has one.</summary>
    private static bool IsFinStillToCome(Difference difference) =>
        difference.Before.State is "ESTABLISHED" or "FIN-WAIT-1" or "FIN-WAIT-2"
        || difference.Inject!.Flags.HasFlag(TcpFlags.Fin);

    /// <summary>Linux's answer shows that the ACK or the window counted, or that it has ended the connection.</summary>
    private static bool IsEdgeAnswer(Difference difference) => difference.Before.State == "SYN-RECEIVED"
        ? difference.Before.HasSocket
            && (difference.Linux.Shape == "RST" || difference.Linux.State is "ESTABLISHED" or "FIN-WAIT-1")
        : difference.Linux.IsOrdinary;
}
