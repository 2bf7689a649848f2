namespace UserTcp.Differential.Comparing;

/// <summary>
/// Differences in which segment may set the peer's window (RFC 9293 section 3.10.7.4, fifth step). They are visible in
/// later sends.
/// </summary>
internal static class WindowRules
{
    public static readonly IReadOnlyList<Rule> All =
    [
        new("window-of-an-older-segment",
            "RFC 9293 section 3.10.7.4, fifth step: only a segment not older than SND.WL1 may set SND.WND. Linux "
            + "accepts any segment with a new ACK.")
        {
            Hides = moment => moment is { IsOrdinary: true, IsAckAcceptable: true, End: >= 0 }
                && moment.History.IsOlder(moment.Place) && moment.Place.Ack > -moment.Before.Flight
                && moment.Place.Seq <= moment.Before.Window,
        },

        new("window-of-a-partly-old-segment",
            "RFC 9293 section 3.10.7.4 trims a segment to the window before it checks the ACK: its SEG.SEQ is then "
            + "RCV.NXT, which may set SND.WND. Linux compares the original SEG.SEQ, unless the ACK is new.")
        {
            Hides = moment => moment is { IsOrdinary: true, IsNews: true, Place.Seq: < 0, End: > 0 }
                && moment.Place.Ack == -moment.Before.Flight,
        },

        new("shrunk-window",
            "RFC 9293 section 3.10.7.4, fifth step: a segment that is as new as the last sets SND.WND. Linux takes a "
            + "smaller window from such a segment only if it is zero.")
        {
            Explains = difference => IsAckBeyond(difference) || (difference.IsWindowShrunk
                && ((SendingRules.IsPrefix(difference)
                    && SendingRules.LinuxFlight(difference) > difference.After.PeerWindow) || IsFinBeyond(difference))),
        },
    ];

    /// <summary>Linux has sent a FIN that does not fit into our view of the window.</summary>
    private static bool IsFinBeyond(Difference difference) =>
        difference is { Engine.Shape: "nothing", Linux.Shape: "FIN,ACK", After: var after }
        && after.Flight >= after.PeerWindow;

    /// <summary>
    /// Our ACK has the edge of the smaller window as SEG.SEQ, Linux's has SND.NXT, which lies beyond it.
    /// </summary>
    private static bool IsAckBeyond(Difference difference) =>
        difference is { IsStateSame: true, Engine.Sent: [{ IsBareAck: true } ours], Linux.Sent: [var theirs] }
            && difference.After is { PeerWindow: > 0 } after
            && after.PeerWindow < difference.Before.PeerWindow && ours with { Seq = theirs.Seq } == theirs
            && theirs.Seq > ours.Seq && theirs.Seq - ours.Seq == after.Flight - after.PeerWindow;
}
