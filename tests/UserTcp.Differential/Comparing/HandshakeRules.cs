using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>Differences before both ends are synchronized.</summary>
internal static class HandshakeRules
{
    private const string SynReceived = "SYN-RECEIVED";

    public static readonly IReadOnlyList<Rule> All =
    [
        new("scale-in-simultaneous-open",
            "RFC 7323 sections 2.2 and 3.2: a SYN,ACK has a window scale option, or timestamps, only if the SYN that "
            + "it answers had them. Linux adds an ACK to its unchanged SYN.")
        {
            Explains = difference => difference.Before.State is "SYN-SENT" or SynReceived
                && difference.Inject is { } segment
                && (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn
                && difference is { IsStateSame: true, Engine.Sent: [{ Flags: TcpFlags.Syn | TcpFlags.Ack } ours],
                    Linux.Sent: [var theirs] }
                && theirs == ours with { HasScale = true, Echo = theirs.Echo, PermitsSack = true },
            GoesOn = true,
        },

        new("simultaneous-open-acknowledged",
            "RFC 9293 section 3.5, figure 8: the SYN,ACK that ends a simultaneous open needs no answer. Linux "
            + "sends an ACK.")
        {
            Explains = difference => difference.Before is { State: SynReceived, HasSocket: true }
                && difference.Place is { Seq: -1, Ack: 0 }
                && difference.Inject is { Flags: TcpFlags.Syn | TcpFlags.Ack, Data: 0 }
                && difference is { IsStateSame: true, Engine.Shape: "nothing", Linux.Shape: "ACK" },
            GoesOn = true,
        },

        new("retransmitted-syn",
            "Decision 0013: the peer's retransmitted SYN in SYN-RECEIVED draws our SYN,ACK, which was lost. Linux does "
            + "so after a passive open, and sends the ACK of RFC 9293 section 3.10.7.4, first step, in "
            + "a simultaneous open.")
        {
            Explains = difference => difference.Before is { State: SynReceived, HasSocket: true }
                && difference.Place is { Seq: -1 } && difference.Inject is { Flags: var flags }
                && (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn
                && difference is { IsStateSame: true, Engine.Shape: "SYN,ACK", Linux.Shape: "ACK" },
            GoesOn = true,
        },

        new("controls-of-a-syn-ack",
            "RFC 9293 section 3.10.7.3, fourth step: other controls and data of a SYN,ACK are processed. Linux ignores "
            + "them; a peer retransmits them.")
        {
            Explains = difference => difference.Before.State == "SYN-SENT" && difference.Inject is { } segment
                && segment.Flags.HasFlag(TcpFlags.Syn | TcpFlags.Ack)
                && (segment.Data > 0 || segment.Flags.HasFlag(TcpFlags.Fin))
                && difference is { Engine.Shape: "ACK", Linux: { Shape: "ACK", State: "ESTABLISHED" } },
        },

        new("ack-of-iss-completes",
            "RFC 9293 section 3.10.7.4, fifth step: in SYN-RECEIVED SEG.ACK has to be above SND.UNA, or draws a RST. "
            + "After a simultaneous open Linux accepts ISS.")
        {
            Explains = difference => difference.Before is { State: SynReceived, HasSocket: true }
                && difference.Place is { FromIss: 0 } && difference.Engine is { Shape: "RST", State: SynReceived }
                && difference.Linux.State is not (SynReceived or "CLOSED"),
        },

        new("simultaneous-open-refused",
            "Decision 0013: the SYN,ACK of a simultaneous open continues at the fifth step, where a wrong ACK draws a "
            + "RST. Linux stops at the first step, with an ACK.")
        {
            Explains = difference => difference.Before is { State: SynReceived, HasSocket: true }
                && difference.Place is { Seq: -1, Ack: not 0 } && difference.Inject is { } segment
                && segment.Flags.HasFlag(TcpFlags.Syn | TcpFlags.Ack)
                && difference is { IsStateSame: true, Engine.Shape: "RST", Linux.Shape: "ACK" },
            GoesOn = true,
        },

        new("half-open-ack-first",
            "RFC 9293 section 3.10.7.4 checks the sequence number first, and the ACK fifth. Linux keeps a smaller "
            + "record of a half-open connection, and hands a wrong ACK to the listener, which answers with a "
            + "RST (section 3.10.7.2).")
        {
            Explains = difference => difference.Before is { State: SynReceived, HasSocket: false }
                && difference.Place is { Seq: not 0, Ack: not 0 } && difference.Inject is { } segment
                && segment.Flags.HasFlag(TcpFlags.Ack) && !segment.Flags.HasFlag(TcpFlags.Rst)
                && difference is { IsStateSame: true, Engine.Shape: "ACK", Linux.Shape: "RST" },
            GoesOn = true,
        },

        new("half-open-syn-in-window",
            "RFC 9293 section 3.10.7.4, fourth step: a SYN in the window returns a passive open to LISTEN. Linux does, "
            + "with a RST. We challenge it, as RFC 5961 section 4.2 does in later states: a guess must not undo a "
            + "handshake (decision 0013).")
        {
            Explains = difference => difference.Before is { State: SynReceived, HasSocket: false }
                && difference.Place is { } place && place.Seq < difference.Before.Window
                && difference.Inject is { } segment && segment.Flags.HasFlag(TcpFlags.Syn)
                && (place.Seq >= 0 || place.Seq + segment.Length > 0)
                && difference is { Engine.Shape: "ACK", Linux.Shape: "RST" or "RST,ACK" },
        },

        new("half-open-syn-with-ack",
            "RFC 9293 section 3.5, figure 8, takes the peer's SYN with an ACK of ours in SYN-RECEIVED, and so do we "
            + "after any open (decision 0013). The first step calls it unacceptable; Linux follows that after "
            + "a passive open.")
        {
            Explains = difference => difference.Before is { State: SynReceived, HasSocket: false }
                && difference.Place is { Seq: -1, Ack: 0 } && difference.Inject is { } segment
                && segment.Flags.HasFlag(TcpFlags.Syn | TcpFlags.Ack)
                && difference is { Linux.Shape: "ACK", Engine.Shape: "nothing" or "ACK" },
        },
    ];
}
