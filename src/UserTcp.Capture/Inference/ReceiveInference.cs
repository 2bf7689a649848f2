using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>What the sequence numbers of a segment mean for its receiver, as the capture shows the receiver.</summary>
internal static class ReceiveInference
{
    public static void OnArrival(
        EndModel receiver, EndModel sender, in CapturedSegment segment, SegmentInference inference)
    {
        if (segment.Has(TcpFlags.Rst))
        {
            OnReset(receiver, segment, inference);
            return;
        }

        if (segment.Has(TcpFlags.Syn))
        {
            OnSyn(receiver, sender, segment, inference);
            return;
        }

        if (segment.IsCe)
            inference.Meaning |= SegmentMeaning.CeArrived;
        if (segment.Has(TcpFlags.Cwr))
            inference.Meaning |= SegmentMeaning.CwrArrived;
        if (segment.Has(TcpFlags.Urg) && segment.Header.UrgentPointer > 0)
            inference.Meaning |= SegmentMeaning.UrgentArrived;
        if (inference.ReceiverBefore == TcpState.TimeWait)
            inference.Disposition = Disposition.TimeWait;
        else if (inference.ReceiverBefore == TcpState.Closed && receiver.Life.IsKnown)
            inference.Disposition = Disposition.NoConnection;
        else if (!segment.Has(TcpFlags.Ack))
            inference.Disposition = Disposition.WithoutAck;
        else if (inference.Start is not { } start)
            (inference.Disposition, inference.Meaning) = (Disposition.OutsideWindow, SegmentMeaning.BeyondWindow);
        else if (inference.Reason is SegmentReason.KeepAlive or SegmentReason.ZeroWindowProbe)
            OnProbe(receiver, segment, inference);
        else if (segment.Length > 0)
            OnData(receiver, sender, segment, start, inference);
    }

    private static void OnProbe(EndModel receiver, in CapturedSegment segment, SegmentInference inference)
    {
        inference.Meaning |= inference.Reason == SegmentReason.KeepAlive
            ? SegmentMeaning.KeepAliveArrived
            : SegmentMeaning.ZeroWindowProbeArrived;
        inference.Disposition = Disposition.OutsideWindow;
        receiver.LastArrival = segment.Time;
    }

    private static void OnData(
        EndModel receiver, EndModel sender, in CapturedSegment segment, long start, SegmentInference inference)
    {
        var end = start + segment.Length;
        // Not acknowledged, and no D-SACK comes: the first transmission was lost behind the capture point.
        if (inference.Cause is not (RetransmissionCause.None or RetransmissionCause.Duplicated)
            && !inference.IsSpurious && start >= sender.Una)
        {
            receiver.Forget(start, end);
            inference.NotReceivedBefore = receiver.RcvNxt;
        }

        if (!sender.IsSeen)
            receiver.RcvNxt = Math.Min(start, receiver.RcvNxt == 0 ? start : receiver.RcvNxt);
        if (end <= receiver.RcvNxt)
            OnOld(receiver, segment, end, inference);
        else if (start > receiver.RcvNxt)
            OnOutOfOrder(receiver, start, end, inference);
        else
            OnInOrder(receiver, sender, segment, end, inference);
        if (segment.PayloadLength > 0 && receiver.LastAck is not null && receiver.Scale is not null
            && sender.Scale is not null && end - (segment.Has(TcpFlags.Fin) ? 1 : 0) > sender.Edge && sender.Edge > 0)
        {
            inference.Meaning |= SegmentMeaning.BeyondWindow;
        }

        receiver.Unanswered++;
        receiver.LastArrival = segment.Time;
    }

    private static void OnOld(
        EndModel receiver, in CapturedSegment segment, long end, SegmentInference inference)
    {
        inference.Disposition = Disposition.OutsideWindow;
        if (segment.PayloadLength > 0)
            inference.Meaning |= SegmentMeaning.AlreadyReceived;
        if (segment.Has(TcpFlags.Fin) && receiver.Life.HasReceivedFin && end == receiver.RcvNxt)
            inference.Meaning |= SegmentMeaning.FinAgain;
    }

    private static void OnOutOfOrder(EndModel receiver, long start, long end, SegmentInference inference)
    {
        inference.Meaning |= receiver.OutOfOrder.Add(start, end) > 0
            ? SegmentMeaning.OutOfOrder
            : SegmentMeaning.AlreadyReceived;
    }

    private static void OnInOrder(
        EndModel receiver, EndModel sender, in CapturedSegment segment, long end, SegmentInference inference)
    {
        if (segment.PayloadLength > 0)
            inference.Meaning |= SegmentMeaning.InOrder;
        if (receiver.OutOfOrder.Count > 0)
            inference.Meaning |= SegmentMeaning.FillsHole;
        receiver.Reach(end);
        if (sender.FinEnd is { } fin && fin <= receiver.RcvNxt)
            receiver.Life.OnFinReceived();
    }

    private static void OnSyn(
        EndModel receiver, EndModel sender, in CapturedSegment segment, SegmentInference inference)
    {
        var isAnswer = segment.Has(TcpFlags.Ack);
        if (receiver.RcvNxt > 0 && sender.IsSeen)
        {
            inference.Meaning |= SegmentMeaning.SynAgain;
            if (!receiver.IsSeen)
                inference.ArrivalMain = ReasonId.SynUnanswered;
            inference.Disposition = Disposition.OutsideWindow;
            return;
        }

        receiver.RcvNxt = 1 + segment.PayloadLength;
        receiver.Life.OnSynReceived(acknowledgesOurs: isAnswer);
        inference.Disposition = inference.ReceiverBefore == TcpState.SynSent
            ? Disposition.Accepted
            : Disposition.Opened;
    }

    /// <summary>RFC 9293 section 3.10.7.4, second step, and RFC 5961 section 3.2.</summary>
    private static void OnReset(EndModel receiver, in CapturedSegment segment, SegmentInference inference)
    {
        var isOpening = inference.ReceiverBefore == TcpState.SynSent && segment.Has(TcpFlags.Ack);
        var isExact = inference.Start is { } start && (start == receiver.RcvNxt || start == receiver.LastAck);
        inference.Disposition = inference.ReceiverBefore == TcpState.Closed ? Disposition.NoConnection
            : isOpening || isExact || !receiver.IsSeen ? Disposition.Reset
            : inference.Start > receiver.RcvNxt ? Disposition.ResetChallenged : Disposition.ResetIgnored;
        if (inference.Disposition == Disposition.Reset)
            receiver.Life.OnReset();
    }
}
