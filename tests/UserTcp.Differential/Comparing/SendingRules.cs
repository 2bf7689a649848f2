using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>Differences in how much of the user's data is sent at once.</summary>
internal static class SendingRules
{
    // The unit of Linux's window: tcp_rmem's 32 MB need a scale of 10.
    private const int MaxUnit = 1024;

    public static readonly IReadOnlyList<Rule> All =
    [
        new("deferred",
            "RFC 9293 does not say when sendable data is sent. Linux defers the rest of a large write while ACKs are "
            + "expected, to send fewer segments.")
        {
            Explains = difference => difference is { IsStateSame: true, Before.Flight: > 0,
                Engine.Sent: [{ Data: > 0, IsDataWrong: false } ours], Linux.Sent: var sent }
                && ((sent is [] && difference.Step is CallStep { Call: UserCall.Send })
                    || (sent is [{ Data: > 0 } theirs]
                        && ours with { Data = theirs.Data, Flags = theirs.Flags } == theirs
                        && theirs.Data < ours.Data && theirs.Data % difference.Before.Mss == 0)),
        },

        new("rest-of-the-window",
            "RFC 9293 section 3.8.6.2.1 (MUST-38): a segment below the MSS is not sent unless it is half the max "
            + "window. Linux splits a segment at the window's edge and sends it.")
        {
            Explains = difference => IsPrefix(difference) && LinuxFlight(difference) == difference.After.PeerWindow
                && difference.After.PeerWindow - difference.After.Flight < difference.Before.Mss,
        },

        new("never-more-than-a-small-window",
            "RFC 9293 section 3.8.6.2.1 lets the sender choose its segments. While the peer has offered only small "
            + "windows, Linux segments data into halves of the max window, and keeps those boundaries when "
            + "the window opens.")
        {
            Explains = difference => difference.LargestWindow < 2 * difference.Before.Mss && difference.IsAboutData
                && IsCutSmall(difference),
        },

        new("fin-beyond-the-window",
            "RFC 9293 section 3.4: FIN takes a sequence number, and has to fit into the window. Linux sends it with "
            + "the last of several segments that fill the window.")
        {
            Explains = difference => difference is { IsStateSame: true,
                Engine.Sent: [{ Flags: TcpFlags.Ack, Data: > 0 } data],
                Linux.Sent: [var same, { Flags: TcpFlags.Fin | TcpFlags.Ack }] }
                && data == same && difference.After.Flight == difference.After.PeerWindow,
        },

        new("fin-delays-data",
            "RFC 9293 section 3.10.7.4: data that fits into the window is sent, also if the FIN after it does not fit. "
            + "Linux does not separate them.")
        {
            Explains = difference => difference
                is { IsStateSame: true, Engine.Sent: [{ Flags: TcpFlags.Ack, Data: > 0 }], After: { Unsent: 0 } after }
                && after.Flight == after.PeerWindow && after.State is "FIN-WAIT-1" or "LAST-ACK"
                && difference.Linux.Shape is "nothing" or "ACK",
        },

        new("ack-number-in-a-shrunk-window",
            "RFC 9293 section 3.8.6: when the peer has shrunk its window, SND.NXT lies beyond it, and we send ACKs "
            + "from its edge. So does Linux, unless it is beyond by less than a unit of its own window's scale.")
        {
            Explains = difference =>
                difference is { IsStateSame: true, Engine.Sent: [{ Data: 0 } ours], Linux.Sent: [var theirs] }
                && (ours.IsBareAck || ours.Flags == (TcpFlags.Rst | TcpFlags.Ack))
                && ours with { Seq = theirs.Seq } == theirs && theirs.Seq - ours.Seq is > 0 and <= MaxUnit
                && Shrunk(difference) is var at && at.Flight > at.PeerWindow,
            GoesOn = true,
        },

        new("duplicates-without-segments",
            "RFC 5681 section 3.2: three duplicate ACKs start a fast retransmit. Linux counts no more of them than "
            + "segments outstanding after the first.")
        {
            Explains = difference => difference.Place is { Ack: < 0 } place && place.Ack == -difference.Before.Flight
                && difference.Before.Flight <= 3 * difference.Before.Mss
                && difference.Inject is { Flags: TcpFlags.Ack, Data: 0 }
                && difference is { IsStateSame: true, Linux.Shape: "nothing",
                    Engine: { IsOrdinary: true, Sent: [var again, ..] } }
                && again.Seq == place.FromIss,
        },

        new("one-segment-after-a-lost-handshake",
            "RFC 5681 section 3.1: after a retransmitted SYN or SYN,ACK the initial window is one segment. Linux waits "
            + "for a second loss.")
        {
            Explains = difference => difference.Before.CongestionWindow <= 2 * difference.Before.Mss
                && IsPrefix(difference),
        },
    ];

    /// <summary>Linux has sent less than we have, or exactly half of the max window while we wait.</summary>
    private static bool IsCutSmall(Difference difference)
    {
        if (IsPrefix(difference))
            return difference.Linux.Sent[0].Data == difference.LargestWindow / 2;
        if (difference.Engine.Sent is not [{ Data: > 0 } ours, ..])
            return false;
        return difference.Linux.Sent is []
            || (difference.Linux.Sent is [var theirs, ..] && theirs.Seq == ours.Seq && theirs.Data < ours.Data);
    }

    /// <summary>
    /// The situation with the shrunk window: after a segment, or before a call that ends the connection.
    /// </summary>
    private static Situation Shrunk(Difference difference) =>
        difference.After.State == "CLOSED" || difference.Inject is null ? difference.Before : difference.After;

    /// <summary>We have sent a prefix of Linux's data, or none of it.</summary>
    internal static bool IsPrefix(Difference difference)
    {
        if (difference is not { IsStateSame: true, Linux.Sent: [{ Data: > 0, IsDataWrong: false } theirs] })
            return false;
        return difference.Engine.Sent switch
        {
            [] => true,
            [var ours] => ours with { Data = theirs.Data, Flags = theirs.Flags, Sack = theirs.Sack } == theirs
                && ours.Flags == TcpFlags.Ack && ours.Data < theirs.Data,
            _ => false,
        };
    }

    /// <summary>SND.NXT - SND.UNA, if we had sent as much as Linux.</summary>
    internal static int LinuxFlight(Difference difference) =>
        difference.After.Flight + difference.Linux.Sent[0].Data
        - (difference.Engine.Sent is [var ours] ? ours.Data : 0);
}
