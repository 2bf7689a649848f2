using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// What a segment with sequence numbers is to its sender: new, a retransmission, a probe or a keep-alive.
/// </summary>
internal static class SendInference
{
    // Without timestamps and without an RTT, reordering within a few milliseconds is likelier than a retransmission.
    private static readonly TimeSpan UsualReordering = TimeSpan.FromMilliseconds(3);

    public static void OnSent(
        EndModel sender, EndModel receiver, in CapturedSegment segment, SegmentInference inference, Hindsight hindsight)
    {
        if (inference.Start is not { } start)
            return;
        var end = start + segment.Length;
        if (IsProbe(sender, segment, start, end, inference))
            return;
        if (segment.Length == 0)
            return;
        inference.Reason = segment.Has(TcpFlags.Fin) ? SegmentReason.Close : SegmentReason.Data;
        if (start >= sender.Nxt || !sender.IsSeen)
            OnNew(sender, segment, start, inference, hindsight);
        else
            OnOld(sender, receiver, segment, start, end, inference, hindsight);
        sender.Sent.Add(start, end);
        sender.Transmissions.Add(new Transmission(
            start, end, segment.Time, segment.Frame, inference.Cause != RetransmissionCause.None,
            segment.Timestamps?.Value));
        sender.Nxt = Math.Max(sender.Nxt, end);
        sender.LastSent = segment.Time;
        if (segment.Has(TcpFlags.Fin))
        {
            sender.FinEnd ??= end;
            sender.Life.OnFinSent();
        }
    }

    /// <summary>A zero-window probe or a keep-alive (RFC 9293 sections 3.8.6.1 and 3.8.4).</summary>
    private static bool IsProbe(
        EndModel sender, in CapturedSegment segment, long start, long end, SegmentInference inference)
    {
        if (segment.Has(TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst) || !sender.IsSeen)
            return false;
        var isClosed = sender.Window == 0;
        // Linux probes with the byte before SND.UNA, without data.
        var isBelow = segment.PayloadLength <= 1 && start == sender.Una - 1;
        var isAtEnd = isBelow && sender.Una == sender.Nxt;
        if (isClosed && (isBelow || (segment.PayloadLength > 0 && start == sender.Una && end > sender.Edge)
            || (segment.PayloadLength == 1 && start == sender.Una)))
        {
            inference.Reason = SegmentReason.ZeroWindowProbe;
            sender.HasProbed = true;
            if (end > sender.Nxt)
                sender.ProbeEnd = end;
            return true;
        }

        if (!isAtEnd)
            return false;
        inference.Reason = SegmentReason.KeepAlive;
        return true;
    }

    private static void OnNew(
        EndModel sender, in CapturedSegment segment, long start, SegmentInference inference, Hindsight hindsight)
    {
        if (!sender.IsSeen || start == sender.Nxt)
            return;
        var bytes = start - sender.Nxt;
        if (!hindsight.IsOneWay || bytes > 0)
            inference.Note(ReasonId.CaptureGap, ("bytes", bytes), ("unit", Numbers.Unit(bytes)));
    }

    /// <summary>Numbers below SND.NXT: a retransmission, or a segment that was reordered.</summary>
    private static void OnOld(
        EndModel sender, EndModel receiver, in CapturedSegment segment, long start, long end,
        SegmentInference inference, Hindsight hindsight)
    {
        var isNew = !sender.Sent.Contains(start);
        if (isNew && sender.Transmissions.FindFirstAbove(start) is { } above
            && IsReordered(sender, receiver, segment, above))
        {
            inference.IsReordered = true;
            inference.Note(ReasonId.ReorderedBefore, ("of", above.Frame));
            return;
        }

        var earlier = sender.Transmissions.FindLast(start);
        inference.Original = earlier?.Frame;
        RetransmissionCauses.Find(sender, receiver, segment, start, end, earlier, inference);
        if (hindsight.FindReport(segment.Frame) is { } report)
        {
            inference.IsSpurious = true;
            AddOriginal(segment, earlier, inference);
            inference.Note(ReasonId.SpuriousByDsack, ("of", report));
        }
        else if (end <= sender.Una && inference.Cause != RetransmissionCause.Duplicated)
        {
            inference.IsSpurious = true;
            AddOriginal(segment, earlier, inference);
            inference.Note(ReasonId.SpuriousByAck, ("of", sender.LastAckFrame));
        }
        else
        {
            AddOriginal(segment, earlier, inference);
        }
    }

    private static void AddOriginal(
        in CapturedSegment segment, in Transmission? earlier, SegmentInference inference)
    {
        if (inference.Cause == RetransmissionCause.Duplicated)
            return;
        if (earlier is { } original)
        {
            inference.Note(
                inference.IsSpurious ? ReasonId.OriginalArrived : ReasonId.OriginalCaptured, ("of", original.Frame),
                ("after", Numbers.Span(segment.Time - original.Time)));
        }
        else
        {
            inference.Note(ReasonId.OriginalNotCaptured);
        }
    }

    /// <summary>
    /// Numbers that never passed before. Timestamps show whether it was sent before the first segment above it.
    /// Without them: a retransmission takes a round trip.
    /// </summary>
    private static bool IsReordered(
        EndModel sender, EndModel receiver, in CapturedSegment segment, in Transmission above)
    {
        var since = segment.Time - above.Time;
        if (above.Stamp is { } stamp && segment.Timestamps is { } own && own.Value != stamp)
            return unchecked((int)(own.Value - stamp)) < 0;
        var roundTrip = sender.Rtt.Min + receiver.Rtt.Min;
        return since < (roundTrip > TimeSpan.Zero ? roundTrip : UsualReordering);
    }
}
