using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>Why an end sends a segment without data: which kind of ACK it is, and which kind of RST.</summary>
internal static class ReasonInference
{
    // Linux delays an ACK for 40 ms or more, others for up to 500 ms (RFC 9293 section 3.8.6.3).
    private static readonly TimeSpan MinDelay = TimeSpan.FromMilliseconds(20);

    private const int EverySecond = 2;

    public static void OnSent(
        EndModel sender, EndModel receiver, in CapturedSegment segment, SegmentInference inference)
    {
        var ack = segment.Has(TcpFlags.Ack) ? receiver.OffsetOf(segment.Header.Ack) : null;
        var window = sender.WindowOf(segment, receiver);
        if (segment.Has(TcpFlags.Rst))
            inference.Reason = OfReset(sender, inference.SenderBefore);
        else if (segment.Has(TcpFlags.Syn))
            OfSyn(segment, inference);
        else if (segment.Length == 0
            && inference.Reason is not (SegmentReason.KeepAlive or SegmentReason.ZeroWindowProbe))
        {
            (inference.Reason, inference.Main) = OfAck(sender, receiver, segment, ack, window, inference);
        }

        if (window == 0 && segment.Has(TcpFlags.Ack) && !segment.Has(TcpFlags.Syn | TcpFlags.Rst))
            inference.IsWindowClosed = true;
        if (ack is not { } number)
            return;
        sender.LastAck = Math.Max(sender.LastAck ?? number, number);
        sender.LastWindow = window;
        sender.Unanswered = 0;
    }

    private static void OfSyn(in CapturedSegment segment, SegmentInference inference)
    {
        if (inference.Cause == RetransmissionCause.None)
            inference.Reason = segment.Has(TcpFlags.Ack) ? SegmentReason.AnswerSyn : SegmentReason.ActiveOpen;
    }

    private static SegmentReason OfReset(EndModel sender, TcpState before) =>
        before is TcpState.Closed or TcpState.Listen || !sender.IsSeen ? SegmentReason.ResetNoConnection
        : sender.Life.HasSentFin ? SegmentReason.ResetAfterClose
        : SegmentReason.ResetAbort;

    private static (SegmentReason Reason, ReasonId? Main) OfAck(
        EndModel sender, EndModel receiver, in CapturedSegment segment, long? ack, uint window,
        SegmentInference inference)
    {
        var last = sender.LastMeaning;
        if (inference.SenderBefore == TcpState.TimeWait && ack == sender.LastAck)
            return (SegmentReason.TimeWaitAck, null);
        if (sender.Life.OwesHandshakeAck)
            return (SegmentReason.CompleteHandshake, null);
        if (receiver.FinEnd is { } fin && ack >= fin && !(sender.LastAck >= fin))
            return (SegmentReason.AcknowledgeFin, null);
        if (segment.Sack.Count > 0 && ack is { } number && IsDsack(receiver, segment, number))
            return (SegmentReason.AcknowledgeDuplicate, null);
        if (ack > sender.LastAck || sender.LastAck is null)
            return OfProgress(sender, segment);
        if ((last & (SegmentMeaning.ZeroWindowProbeArrived | SegmentMeaning.KeepAliveArrived)) != 0
            && window <= sender.LastWindow)
        {
            return (SegmentReason.UnacceptableSegment, null);
        }

        if (sender.Unanswered == 0 && window != sender.LastWindow)
            return (SegmentReason.WindowUpdate, window < sender.LastWindow ? ReasonId.PureAck : null);
        if (sender.OutOfOrder.Count > 0 || segment.Sack.Count > 0)
            return (SegmentReason.AcknowledgeOutOfOrder, null);
        if ((last & (SegmentMeaning.AlreadyReceived | SegmentMeaning.FinAgain)) != 0)
            return (SegmentReason.AcknowledgeDuplicate, null);
        if ((last & SegmentMeaning.BeyondWindow) != 0)
            return (SegmentReason.UnacceptableSegment, null);
        return (SegmentReason.WindowUpdate, window > sender.LastWindow ? null : ReasonId.PureAck);
    }

    private static (SegmentReason Reason, ReasonId? Main) OfProgress(EndModel sender, in CapturedSegment segment)
    {
        if (sender.OutOfOrder.Count > 0 || segment.Sack.Count > 0
            || (sender.LastMeaning & SegmentMeaning.FillsHole) != 0)
        {
            return (SegmentReason.AcknowledgeOutOfOrder, null);
        }

        if (sender.Unanswered >= EverySecond)
            return (SegmentReason.AcknowledgeEverySecond, null);
        return sender.Unanswered > 0 && segment.Time - sender.LastArrival >= MinDelay
            ? (SegmentReason.DelayedAck, null)
            : (SegmentReason.QuickAck, ReasonId.ImmediateAck);
    }

    private static bool IsDsack(EndModel receiver, in CapturedSegment segment, long ack) =>
        receiver.OffsetOf(segment.Sack[0].Right) <= ack;
}
