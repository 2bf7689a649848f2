using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Explaining;

/// <summary>Answers why nothing more is sent.</summary>
public static class SendLimits
{
    /// <summary>
    /// The sender's own answer, as a sentence with the time that it holds; null for a listener, in TIME-WAIT, and where
    /// nothing limits.
    /// </summary>
    public static string? Explain(ConnectionSnapshot snapshot, Language language = Language.English)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (snapshot.CongestionControl is null || snapshot.Limit == SendLimit.None)
            return null;
        var phrase = Of(snapshot.Limit, snapshot.SndWnd, snapshot.CongestionWindow);
        return $"{phrase.Say(language)} ({Numbers.Span(snapshot.LimitedFor)})";
    }

    /// <summary>The reason of a limit.</summary>
    internal static Phrase Of(SendLimit? limit, uint window, long cwnd)
    {
        var reason = limit switch
        {
            SendLimit.NoData => ReasonId.LimitNoData,
            SendLimit.PeerWindow => ReasonId.LimitPeerWindow,
            SendLimit.CongestionWindow => ReasonId.LimitCongestionWindow,
            SendLimit.SmallSegment => ReasonId.LimitSmallSegment,
            SendLimit.Pacing => ReasonId.LimitPacing,
            SendLimit.MtuProbe => ReasonId.LimitMtuProbe,
            _ => ReasonId.LimitNone,
        };
        return new Phrase(reason, ("window", window), ("cwnd", cwnd));
    }
}
