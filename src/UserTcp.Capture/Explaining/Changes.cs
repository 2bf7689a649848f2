using System.Globalization;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Explaining;

/// <summary>The difference between the vitals of a connection before and after an event.</summary>
internal static class Changes
{
    /// <summary>The variables that differ. Without vitals before, none: nobody knows what changed.</summary>
    public static IReadOnlyList<Change> Between(
        in ConnectionVitals? before, in ConnectionVitals? after, Conversation conversation)
    {
        if (before is not { } old || after is not { } now || old == now)
            return [];
        var (iss, irs) = (conversation.Iss, conversation.Irs);
        var list = new List<Change>();
        Add(list, "state", SegmentLine.State(old.State), SegmentLine.State(now.State));
        Add(list, "SND.UNA", Numbers.Relative(old.SndUna, iss), Numbers.Relative(now.SndUna, iss));
        Add(list, "SND.NXT", Numbers.Relative(old.SndNxt, iss), Numbers.Relative(now.SndNxt, iss));
        Add(list, "SND.WND", old.SndWnd, now.SndWnd);
        var hadPeer = old.State is not (TcpState.SynSent or TcpState.Listen or TcpState.Closed);
        Add(
            list, "RCV.NXT", hadPeer ? Numbers.Relative(old.RcvNxt, irs) : null, Numbers.Relative(now.RcvNxt, irs));
        Add(list, "RCV.WND", old.RcvWnd, now.RcvWnd);
        Add(list, "cwnd", old.Cwnd, now.Cwnd);
        Add(list, "ssthresh", Threshold(old.Ssthresh), Threshold(now.Ssthresh));
        Add(list, "pipe", old.Pipe, now.Pipe);
        Add(list, "SACKed", old.Sacked, now.Sacked);
        Add(list, "lost", old.Lost, now.Lost);
        Add(list, "SRTT", Numbers.Span(old.Srtt), Numbers.Span(now.Srtt));
        Add(list, "RTTVAR", Numbers.Span(old.RttVar), Numbers.Span(now.RttVar));
        Add(list, "RTO", Numbers.Span(old.Rto), Numbers.Span(now.Rto));
        Add(list, "backoff", old.Backoff, now.Backoff);
        Add(list, "recovery", old.Recovery.ToString(), now.Recovery.ToString());
        Add(list, "limit", old.Limit.ToString(), now.Limit.ToString());
        Add(
            list, "out of order", Numbers.Blocks(old.OutOfOrder, irs), Numbers.Blocks(now.OutOfOrder, irs));
        return list;
    }

    private static string Threshold(long bytes) =>
        bytes == long.MaxValue ? "none" : bytes.ToString(CultureInfo.InvariantCulture);

    private static void Add(List<Change> list, string name, long before, long after) => Add(
        list, name, before.ToString(CultureInfo.InvariantCulture), after.ToString(CultureInfo.InvariantCulture));

    private static void Add(List<Change> list, string name, string? before, string after)
    {
        if (before != after)
            list.Add(new Change(name, before, after));
    }
}
