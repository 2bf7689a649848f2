using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

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
        Add(list, "state", old.State, now.State, null, static (state, _) => SegmentLine.State(state));
        Add(list, "SND.UNA", old.SndUna, now.SndUna, iss, Numbers.Relative);
        Add(list, "SND.NXT", old.SndNxt, now.SndNxt, iss, Numbers.Relative);
        Add(list, "SND.WND", old.SndWnd, now.SndWnd);
        if (old.State is TcpState.SynSent or TcpState.Listen or TcpState.Closed)
            list.Add(new Change("RCV.NXT", null, Numbers.Relative(now.RcvNxt, irs)));
        else
            Add(list, "RCV.NXT", old.RcvNxt, now.RcvNxt, irs, Numbers.Relative);
        Add(list, "RCV.WND", old.RcvWnd, now.RcvWnd);
        Add(list, "cwnd", old.Cwnd, now.Cwnd);
        Add(list, "ssthresh", old.Ssthresh, now.Ssthresh, null, static (bytes, _) => Threshold(bytes));
        Add(list, "pipe", old.Pipe, now.Pipe);
        Add(list, "SACKed", old.Sacked, now.Sacked);
        Add(list, "lost", old.Lost, now.Lost);
        Add(list, "SRTT", old.Srtt, now.Srtt);
        Add(list, "RTTVAR", old.RttVar, now.RttVar);
        Add(list, "RTO", old.Rto, now.Rto);
        Add(list, "backoff", old.Backoff, now.Backoff);
        Add(list, "recovery", old.Recovery, now.Recovery, null, static (recovery, _) => recovery.ToString());
        Add(list, "limit", old.Limit, now.Limit, null, static (limit, _) => limit.ToString());
        Add(
            list, "out of order", old.OutOfOrder, now.OutOfOrder, irs,
            static (blocks, irs) => Numbers.Blocks(blocks, irs));
        return list;
    }

    private static string Threshold(long bytes) =>
        bytes == long.MaxValue ? "none" : bytes.ToString(CultureInfo.InvariantCulture);

    private static void Add(List<Change> list, string name, long before, long after) => Add(
        list, name, before, after, null, static (value, _) => value.ToString(CultureInfo.InvariantCulture));

    private static void Add(List<Change> list, string name, TimeSpan before, TimeSpan after) =>
        Add(list, name, before, after, null, static (span, _) => Numbers.Span(span));

    /// <summary>Adds a variable that has changed. Most do not, and words are made only of those that do.</summary>
    private static void Add<T>(
        List<Change> list, string name, T before, T after, SeqNum? initial, Func<T, SeqNum?, string> print)
        where T : struct
    {
        if (EqualityComparer<T>.Default.Equals(before, after))
            return;
        var (old, now) = (print(before, initial), print(after, initial));
        if (old != now)
            list.Add(new Change(name, old, now));
    }
}
