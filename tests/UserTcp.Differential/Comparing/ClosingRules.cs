using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>Differences after the user has closed.</summary>
internal static class ClosingRules
{
    public static readonly IReadOnlyList<Rule> All =
    [
        new("reset-after-close",
            "RFC 9293 section 3.6.1 (SHLD-3): data after CLOSE is answered with a RST. Ours has SND.NXT and an ACK "
            + "(section 3.10.5), Linux's SEG.ACK (section 3.5.2). The connection is over for both.")
        {
            Explains = difference => difference.Before.HasSocket == false && difference.Inject is { Data: > 0 }
                && difference is { IsStateSame: true, Engine.Sent: [{ Flags: TcpFlags.Rst | TcpFlags.Ack }],
                    Linux.Sent: [{ Flags: TcpFlags.Rst } theirs] }
                && theirs.Seq == difference.Place!.FromIss,
            GoesOn = true,
        },

        new("orphan-ignores-old-data",
            "RFC 9293 section 3.10.7.4, first step: old data is answered with an ACK. Linux does not answer if the "
            + "same segment acknowledges the FIN of a closed socket: it switches to a smaller record "
            + "and ends processing.")
        {
            Explains = difference => difference.Before is { State: "FIN-WAIT-1", HasSocket: false }
                && difference.Place is { Seq: < 0, Ack: 0 } && difference.Inject is { Data: > 0 } segment
                && difference.Place.Seq + segment.Data <= 0
                && difference is { IsStateSame: true, Engine.Shape: "ACK", Linux.Shape: "nothing" },
        },

        new("orphan-without-ack-check",
            "RFC 9293 section 3.10.7.4, fifth step, and RFC 5961 section 5.2: a wrong ACK is challenged. Linux's "
            + "smaller record for FIN-WAIT-2 without a user does not check it, accepts only the FIN at RCV.NXT, and "
            + "resets on any other new data.")
        {
            Explains = difference => difference.Before is { State: "FIN-WAIT-2", HasSocket: false }
                && difference.Place is { } place && difference.Inject is { } segment
                && (segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == TcpFlags.Ack
                && place.Ack != 0 && difference.Engine.Shape == "ACK"
                && difference.Linux.Shape == AnswerOfOrphan(segment, place),
        },

        new("orphan-fin-after-a-gap",
            "RFC 9293 section 3.6.1 (SHLD-3): a FIN after a gap implies data that nobody will read. Linux resets at "
            + "once; we reset when the data arrives.")
        {
            Explains = difference => difference.Before is { State: "FIN-WAIT-1" or "FIN-WAIT-2", HasSocket: false }
                && difference.Place is { Seq: > 0 }
                && difference.Inject is { Data: 0 } segment && segment.Flags.HasFlag(TcpFlags.Fin)
                && difference.Engine.IsOrdinary && difference.Linux.Shape == "RST",
        },

        new("orphan-answers-rst",
            "RFC 5961 section 3.2: a RST outside the window is dropped in silence. Linux's smaller record for "
            + "FIN-WAIT-2 without a user answers it with an ACK.")
        {
            Explains = difference => difference.Before is { State: "FIN-WAIT-2", HasSocket: false }
                && difference.Inject is { } segment && segment.Flags.HasFlag(TcpFlags.Rst)
                && (difference.Place!.Seq < 0 || difference.Place.Seq > difference.Before.Window)
                && difference is { IsStateSame: true, Engine.Shape: "nothing", Linux.Shape: "ACK" },
            GoesOn = true,
        },

        new("reset-while-closing",
            "RFC 9293 section 3.10.7.4, second step: a RST in CLOSING or LAST-ACK is no error for the user. Linux "
            + "reports \"connection reset\".")
        {
            Explains = difference => difference.Step is Scripts.CallStep { Call: Scripts.UserCall.Send }
                && difference is { Engine: { Result: "EPIPE", State: "CLOSED", Shape: "nothing" },
                    Linux: { Result: "ECONNRESET", State: "CLOSED", Shape: "nothing" } },
            GoesOn = true,
        },

        new("orphan-accepts-rst-and-syn",
            "RFC 5961 sections 3.2 and 4.2: a RST that is not at RCV.NXT, and any SYN, is challenged. Linux's smaller "
            + "record for FIN-WAIT-2 without a user ends with a RST anywhere in the window, and answers a SYN "
            + "there with one.")
        {
            Explains = difference => difference.Before is { State: "FIN-WAIT-2", HasSocket: false }
                && difference.Inject is { } segment
                && (difference.Place!.Seq >= 0 || difference.Place.Seq + segment.Length > 0)
                && difference is { Engine.Shape: "ACK", Linux.Shape: var answer }
                && ((segment.Flags.HasFlag(TcpFlags.Rst) && answer == "nothing") || (segment.Flags.HasFlag(TcpFlags.Syn)
                && answer is "RST" or "RST,ACK" or "ACK")),
            Hides = moment => moment.Segment.Flags.HasFlag(TcpFlags.Rst)
                && moment.Before is { State: "FIN-WAIT-2", HasSocket: false }
                && moment.Place.Seq == moment.Before.Window,
        },

        new("syn-and-fin-in-time-wait",
            "RFC 9293 section 3.6.1 (MAY-2): a SYN may end TIME-WAIT when it opens a new connection. With a FIN it "
            + "opens none in either stack, but Linux ends TIME-WAIT.")
        {
            Hides = moment => moment.Before.State == "TIME-WAIT"
                && moment.Segment.Flags.HasFlag(TcpFlags.Syn | TcpFlags.Fin) && moment.Place.Seq > 0,
        },

        new("shutdown-in-syn-received",
            "RFC 9293 section 3.10.4: CLOSE in SYN-RECEIVED with nothing to send sends a FIN. Linux does so in "
            + "close(), while shutdown() does nothing in that state. Only a simultaneous open lets a user get there.")
        {
            Explains = difference => difference.Before is { State: "SYN-RECEIVED", HasSocket: true }
                && difference.Step is Scripts.CallStep { Call: Scripts.UserCall.Shutdown }
                && difference is { Engine.Shape: "FIN,ACK", Linux: { Shape: "nothing", State: "SYN-RECEIVED" } },
        },

        new("time-wait-without-ack-bit",
            "RFC 9293 section 3.10.7.4, fifth step: a segment without ACK is dropped. In TIME-WAIT that step is the "
            + "first, since there is no window to check (decision 0013). Linux answers it with an ACK there.")
        {
            Explains = difference => difference.Before.State == "TIME-WAIT" && difference.Inject is { } segment
                && (segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == 0
                && difference is { IsStateSame: true, Engine.Shape: "nothing", Linux.Shape: "ACK" },
            GoesOn = true,
        },

        new("time-wait-rejected-by-the-peer",
            "RFC 9293 section 3.5.1: a peer that rejects the ACK with which TIME-WAIT has answered its SYN opens a new "
            + "connection with the next SYN (decision 0038). Linux lets the RST end TIME-WAIT, or with "
            + "tcp_rfc1337 changes nothing.")
        {
            Explains = difference => difference.Before.State == "TIME-WAIT" && difference.Inject is { } segment
                && (segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn | TcpFlags.Fin)) == TcpFlags.Syn
                && difference is { Engine: { Shape: "SYN,ACK", State: "SYN-RECEIVED" },
                    Linux: { Shape: "ACK", State: "TIME-WAIT" } },
        },

        new("time-wait-resumed",
            "RFC 9293 section 3.6.1 (MAY-2): when the SYN that has opened a new connection turns out to be an old "
            + "duplicate, TIME-WAIT is resumed. Linux has ended it.")
        {
            Explains = difference => difference.Before.State == "SYN-RECEIVED"
                && difference is { Engine.State: "TIME-WAIT", Linux.State: not "TIME-WAIT" }
                && difference.Engine.Shape == difference.Linux.Shape
                && difference.Engine.Result == difference.Linux.Result,
        },

        new("abort-while-closing",
            "RFC 9293 section 3.10.5: ABORT in CLOSING and LAST-ACK only deletes the TCB, and so does Linux when all "
            + "has been sent. We send a RST too, so that the peer does not wait.")
        {
            Explains = difference => difference.Before is { State: "CLOSING" or "LAST-ACK" }
                && difference.Step is Scripts.CallStep { Call: Scripts.UserCall.Abort }
                && difference is { IsStateSame: true, Engine.Shape: "RST,ACK", Linux.Shape: "nothing" },
            GoesOn = true,
        },

        new("half-open-dropped",
            "RFC 9293 section 3.10.4 does not say how a closed listener ends its half-open connections. We reset them; "
            + "Linux drops them and resets later segments.")
        {
            Explains = difference => difference.Before is { State: "SYN-RECEIVED", HasSocket: false }
                && difference.Step is Scripts.CallStep { Call: Scripts.UserCall.Unlisten }
                && difference is { IsStateSame: true, Engine.Shape: "RST,ACK", Linux.Shape: "nothing" },
            GoesOn = true,
        },

        new("refused-in-simultaneous-open",
            "RFC 9293 section 3.10.7.4, second step: a RST in SYN-RECEIVED after an active open means \"connection "
            + "refused\". Linux reports \"connection reset\".")
        {
            Explains = difference => difference.Step is Scripts.CallStep
                && difference is { Engine.Result: "ECONNREFUSED", Linux.Result: "ECONNRESET" }
                && difference.Engine.State == difference.Linux.State
                && difference is { Engine.Shape: "nothing", Linux.Shape: "nothing" },
            GoesOn = true,
        },

        new("accept-of-a-reset-connection",
            "RFC 9293 does not define accept. We do not return a connection that was reset before accept; Linux "
            + "returns it, closed.")
        {
            Explains = difference => difference.Step is Scripts.CallStep { Call: Scripts.UserCall.Accept }
                && difference is { Engine.Result: "EAGAIN", Linux.Result: "0", Linux.State: "CLOSED" },
        },

        new("data-at-the-edge-after-close",
            "RFC 9293 section 3.4, table 6: data that begins at the right edge is unacceptable, and answered with an "
            + "ACK. Linux counts the edge as inside, and resets because nobody will read the data.")
        {
            Explains = difference => difference.Before.State is "FIN-WAIT-1" or "FIN-WAIT-2"
                && difference.Before.HasSocket == false && difference.Inject is { Data: > 0 }
                && difference.Place!.Seq == difference.Before.Window
                && difference is { Engine.Shape: "ACK", Linux.Shape: "RST" },
        },
    ];

    private static string AnswerOfOrphan(Scripts.InjectStep segment, Place place)
    {
        var hasFin = segment.Flags.HasFlag(TcpFlags.Fin);
        if (place.Seq + segment.Length <= 0)
            return "nothing";
        return hasFin && segment.Data == 0 && place.Seq == 0 ? "ACK" : "RST";
    }
}
