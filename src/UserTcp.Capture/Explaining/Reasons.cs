namespace UserTcp.Capture.Explaining;

/// <summary>
/// The table of reasons: all that the program can say of an event, in one place. Every view takes its sentences from
/// here, in any language; docs/reasons.md is generated from it.
/// </summary>
public static partial class Reasons
{
    private static readonly Reason[] Table =
    [
        .. SentReasons.Concat(ReceivedReasons).Concat(OtherReasons).Concat(InferredReasons).Concat(SummaryReasons)
            .Concat(RecordedReasons)
            .OrderBy(reason => reason.Id),
    ];

    /// <summary>All entries, in the order of <see cref="ReasonId"/>.</summary>
    public static IReadOnlyList<Reason> All => Table;

    /// <summary>The entry with that name.</summary>
    public static Reason Of(ReasonId id) => Table[(int)id];
}
