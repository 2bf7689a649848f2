using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>Differences in timestamps and SACK only.</summary>
internal static class OptionRules
{
    // One to four blocks, with padding.
    private static readonly int[] OptionLengths = [12, 20, 28, 36];

    public static readonly IReadOnlyList<Rule> All =
    [
        new("fin-in-a-sack-block",
            "RFC 2018 section 3 defines blocks of data. Linux includes the sequence number of an out-of-order FIN in "
            + "them; we do not.")
        {
            Explains = difference => IsAllButSack(difference) && HasFin(difference),
        },

        new("timestamp-of-an-old-ack",
            "RFC 7323 section 5.3, R3, records a segment's timestamp before it checks the ACK. Linux records none from "
            + "a segment whose ACK is below SND.UNA. We record none when the ACK is too old (RFC 5961 section 5.2), "
            + "where Linux's header prediction does.")
        {
            Explains = difference => difference.HasOldAck && IsAllButEcho(difference),
        },

        new("orphan-without-dsack",
            "RFC 2883 section 4: duplicate data is reported. Linux's smaller record for FIN-WAIT-2 without a user "
            + "has no SACK.")
        {
            Explains = difference => difference.Before is { State: "FIN-WAIT-2" or "TIME-WAIT", HasSocket: false }
                && IsAlike(difference, segment => segment with { Sack = "", Echo = null })
                && difference.Linux.Sent.All(segment => segment.Sack.Length == 0),
        },

        new("timestamp-of-a-retransmitted-syn",
            "RFC 7323 section 5.3, R3: we echo the later timestamp of the peer's retransmitted SYN. Linux echoes that "
            + "of the first SYN in its SYN,ACK.")
        {
            Explains = difference => difference.Before.State == "SYN-RECEIVED" && difference.Inject is { }
                && IsAllButEcho(difference),
        },

        new("rst-by-timestamp",
            "RFC 7323 section 5.2: the timestamp of a RST is not checked. Linux's smaller records, for half-open "
            + "connections and for FIN-WAIT-2 without a user, drop a RST with an old timestamp, and the second answers "
            + "with an ACK.")
        {
            Hides = moment => IsLateReset(moment.Before, moment.Segment),
            Explains = difference => difference.IsStateSame && difference.Inject is { } segment
                && IsLateReset(difference.Before, segment)
                && difference is { Engine.Shape: "nothing", Linux.Shape: "ACK" },
        },

        new("room-for-sack",
            "RFC 2018 section 4 does not say which data segments carry SACK. Linux sends shorter segments to have room "
            + "for it; we send full segments, and the blocks with a bare ACK.")
        {
            Explains = difference => difference
                is { IsStateSame: true, Engine.Sent: [{ Data: > 0 } ours], Linux.Sent: [{ Data: > 0 } theirs] }
                && theirs with { Data = ours.Data, Flags = ours.Flags } == ours
                && OptionLengths.Any(length => theirs.Data % (difference.Before.Mss - length) == 0),
        },

        new("half-open-timestamp-first",
            "RFC 7323 section 5.3, R1, checks the timestamp first, and answers an old one with an ACK. Linux hands a "
            + "wrong ACK of a half-open connection to the listener, which answers with a RST (RFC "
            + "9293 section 3.10.7.2).")
        {
            Explains = difference => difference.Before is { State: "SYN-RECEIVED", HasSocket: false }
                && difference.Inject is { Age: > 0 } && difference.Place is { Ack: not 0 }
                && difference is { IsStateSame: true, Engine.Shape: "ACK", Linux.Shape: "RST" },
            GoesOn = true,
        },

        new("old-ack-by-timestamp",
            "RFC 7323 section 5.3, R1: a segment with an old timestamp is answered with an ACK and dropped. Linux "
            + "silently drops a pure ACK without news, since reordering may delay one.")
        {
            Explains = difference => difference.Inject is { Age: > 0, Data: 0 } segment
                && (segment.Flags & ~TcpFlags.Psh) == TcpFlags.Ack
                && difference is { IsStateSame: true, Engine.Shape: "ACK", Linux.Shape: "nothing" },
            GoesOn = true,
        },
    ];

    private static bool IsLateReset(Situation before, InjectStep segment) =>
        before is { State: "SYN-RECEIVED" or "FIN-WAIT-2", HasSocket: false } && segment.Age > 0
        && segment.Flags.HasFlag(TcpFlags.Rst);

    private static bool IsAllButSack(Difference difference) =>
        IsAlike(difference, segment => segment with { Sack = "" });

    private static bool IsAllButEcho(Difference difference) =>
        IsAlike(difference, segment => segment with { Echo = null });

    private static bool IsAlike(Difference difference, Func<SentSegment, SentSegment> without) =>
        difference.IsStateSame
        && difference.Engine.Sent.Select(without).SequenceEqual(difference.Linux.Sent.Select(without));

    /// <summary>
    /// One of Linux's blocks ends one number after ours, or consists of a number that none of ours has.
    /// </summary>
    private static bool HasFin(Difference difference) =>
        difference.Linux.Sent.Zip(difference.Engine.Sent)
            .All(pair => Ends(pair.First).Except(Ends(pair.Second)).Any() || pair.First == pair.Second);

    private static IEnumerable<string> Ends(SentSegment segment) =>
        segment.Sack.Split(',').Select(block => block[(block.LastIndexOf('-') + 1)..]);
}
