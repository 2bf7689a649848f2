using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>What the sequence numbers of an arrived segment mean: questions, which change nothing.</summary>
internal static class ArrivedData
{
    /// <summary>A segment that fails the check of its sequence number (RFC 9293 section 3.4, table 6).</summary>
    public static SegmentMeaning Unacceptable(Tcb tcb, in Arrival arrival)
    {
        var segment = arrival.Segment;
        var end = segment.Seq + segment.Length;
        if (segment.Seq == tcb.Rcv.Nxt - 1 && segment.Payload.Length <= 1 && !arrival.Fin && !arrival.HasSyn)
            return tcb.Rcv.Wnd == 0 ? SegmentMeaning.ZeroWindowProbeArrived : SegmentMeaning.KeepAliveArrived;
        if (end > tcb.Rcv.Nxt)
            return SegmentMeaning.BeyondWindow;
        var fin = arrival.Fin && tcb.Rcv.Fin is { } received && received == end - 1
            ? SegmentMeaning.FinAgain
            : SegmentMeaning.None;
        return segment.Payload.IsEmpty ? fin : fin | SegmentMeaning.AlreadyReceived;
    }

    /// <summary>An acceptable segment, before it is trimmed to the window.</summary>
    public static SegmentMeaning BeforeTrim(Tcb tcb, in Arrival arrival)
    {
        var length = arrival.Payload.Length;
        if (length == 0)
            return SegmentMeaning.None;
        if (tcb.Rcv.Wnd == 0)
            return SegmentMeaning.ZeroWindowProbeArrived;
        return arrival.Seq + length > tcb.Rcv.Edge ? SegmentMeaning.BeyondWindow : SegmentMeaning.None;
    }

    /// <summary>A segment with data, of which none is left after trimming.</summary>
    public static SegmentMeaning Trimmed(Tcb tcb, in Arrival arrival)
    {
        var end = arrival.Segment.Seq + arrival.Segment.Payload.Length;
        return end <= tcb.Rcv.Nxt ? SegmentMeaning.AlreadyReceived : SegmentMeaning.None;
    }

    /// <summary>Data beyond a hole, before it is queued.</summary>
    public static SegmentMeaning OutOfOrder(Tcb tcb, in Arrival arrival)
    {
        var end = arrival.Seq + arrival.Payload.Length;
        return tcb.OutOfOrder?.FirstHeld(arrival.Seq, end) is { } held && held.Left == arrival.Seq && held.Right == end
            ? SegmentMeaning.AlreadyReceived
            : SegmentMeaning.OutOfOrder;
    }
}
