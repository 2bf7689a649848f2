using UserTcp.Engine.Buffers;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// Text that has come before (RFC 2883 section 4): what SACK tells of it lets the peer see that it sent something again in vain. Of
/// several such pieces in a segment only the first is reported.
/// </summary>
internal static class DuplicateArrives
{
    /// <summary>A segment in the window: what of it lies before RCV.NXT, or else in a run behind a gap. Call before the text is taken.</summary>
    public static void Record(Tcb tcb, in Arrival arrival)
    {
        if (!RecordOld(tcb, arrival.Segment) && tcb.OutOfOrder?.FirstHeld(arrival.Seq, arrival.Seq + arrival.Payload.Length) is { } held)
            Report(tcb, held);
    }

    /// <summary>What of a segment lies before RCV.NXT; true when something does.</summary>
    public static bool RecordOld(Tcb tcb, in TcpSegment segment)
    {
        // A SYN comes before the text.
        var start = segment.Has(TcpFlags.Syn) ? segment.Seq + 1 : segment.Seq;
        // Nothing from before the peer's first byte is a duplicate, nor anything so old that it seems to lie ahead.
        var oldest = tcb.DataReceived < int.MaxValue ? tcb.Rcv.Irs + 1 : tcb.Rcv.Nxt - int.MaxValue;
        if (segment.Payload.IsEmpty || !SeqRange.Between(oldest, tcb.Rcv.Nxt).Contains(start))
            return false;
        Report(tcb, new SackBlock(start, SeqNum.Min(start + segment.Payload.Length, tcb.Rcv.Nxt)));
        return true;
    }

    private static void Report(Tcb tcb, SackBlock block) => (tcb.SackGenerator ??= new SackGenerator()).OnDuplicate(block);
}
