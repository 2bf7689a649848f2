using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// Infers why a sender retransmits. An ACK triggers a fast retransmit, so it follows one closely; a timer expires after
/// silence. The sender is a part of the round trip away from the capture point: its reaction comes that much later.
/// </summary>
internal static class RetransmissionCauses
{
    // Linux's minimum RTO; RFC 6298 section 2.4 has one second.
    private static readonly TimeSpan MinRto = TimeSpan.FromMilliseconds(200);

    // What a busy host takes to react.
    private static readonly TimeSpan ReactionTime = TimeSpan.FromMilliseconds(5);

    // Without an RTT, a frame that follows its like this closely is taken for a duplicate.
    private static readonly TimeSpan UsualDuplication = TimeSpan.FromMilliseconds(1);

    private const int DuplicateThreshold = 3;

    public static void Find(
        EndModel sender, EndModel receiver, in CapturedSegment segment, long start, long end,
        in Transmission? earlier, SegmentInference inference)
    {
        var idle = segment.Time - Later(sender.LastSent, sender.LastAcked);
        inference.Waited = idle;
        if (segment.Has(TcpFlags.Syn))
        {
            OnSyn(segment, sender, earlier, inference);
            return;
        }

        inference.Cause = CauseOf(sender, receiver, segment, start, end, earlier, idle);
        switch (inference.Cause)
        {
            case RetransmissionCause.Sack:
                inference.Reason = SegmentReason.FastRetransmit;
                inference.Because = sender.LastAckFrame;
                inference.NoteCause(
                    ReasonId.CauseSack,
                    ("bytes", Math.Max(SackedAbove(sender, end), sender.Suspected.End - end)));
                Begin(sender, segment, isTimeout: false);
                break;
            case RetransmissionCause.DuplicateAcks:
                inference.Reason = SegmentReason.FastRetransmit;
                inference.Because = sender.LastAckFrame;
                inference.NoteCause(ReasonId.CauseDuplicateAcks, ("n", sender.DuplicateAcks));
                Begin(sender, segment, isTimeout: false);
                break;
            case RetransmissionCause.Recovery:
                inference.Reason = (sender.PermitsSack && receiver.PermitsSack) || sender.IsTimeoutRecovery
                    ? SegmentReason.LostSegment
                    : SegmentReason.PartialAck;
                inference.Because = sender.LastAckFrame;
                inference.NoteCause(ReasonId.CauseRecovery, ("of", sender.RecoveryFrame));
                break;
            case RetransmissionCause.Timeout:
                inference.Reason = SegmentReason.RetransmissionTimeout;
                inference.NoteCause(ReasonId.CauseTimeout, ("after", Numbers.Span(idle)));
                Begin(sender, segment, isTimeout: true);
                break;
            case RetransmissionCause.TailLossProbe:
                inference.Reason = SegmentReason.TailLossProbe;
                inference.NoteCause(ReasonId.CauseTailLossProbe, ("after", Numbers.Span(idle)));
                break;
            case RetransmissionCause.Duplicated:
                inference.Reason = SegmentReason.LostSegment;
                inference.NoteCause(
                    ReasonId.DuplicatedFrame, ("of", earlier!.Value.Frame),
                    ("after", Numbers.Span(segment.Time - earlier.Value.Time)));
                break;
            default:
                inference.Reason = SegmentReason.LostSegment;
                inference.NoteCause(ReasonId.CauseUnknown);
                break;
        }
    }

    private static RetransmissionCause CauseOf(
        EndModel sender, EndModel receiver, in CapturedSegment segment, long start, long end,
        in Transmission? earlier, TimeSpan idle)
    {
        // An ACK's way to the sender, and the retransmission's way back.
        var distance = receiver.Rtt.Min;
        var minRoundTrip = sender.Rtt.Min + distance;
        var roundTrip = sender.Rtt.Smoothed + receiver.Rtt.Smoothed;
        var rto = distance + Longer(MinRto * 0.9, roundTrip * 1.2);
        if (earlier is { } same && IsSameFrame(same, segment, start, end, sender, receiver))
            return RetransmissionCause.Duplicated;
        var isFirst = start <= sender.Una;
        var sackedAbove = SackedAbove(sender, end);
        if (isFirst && idle >= rto && !(end >= sender.Nxt && start < sender.Una))
            return TimerCause(sender, end, earlier, idle, distance + roundTrip);
        if (sender.RecoveryPoint is { } point && start < point && earlier is not { IsAgain: true })
            return RetransmissionCause.Recovery;
        if (sackedAbove > 0)
            return sender.RecoveryPoint is null ? RetransmissionCause.Sack : RetransmissionCause.Recovery;
        if (sender.DuplicateAcks >= DuplicateThreshold)
            return RetransmissionCause.DuplicateAcks;
        if (IsSuspected(sender, segment, start, distance + (minRoundTrip / 4)))
            return RetransmissionCause.Sack;
        if (end >= sender.Nxt && idle >= minRoundTrip * 1.5 && idle > TimeSpan.FromMilliseconds(1))
            return RetransmissionCause.TailLossProbe;
        if (sender.DuplicateAcks > 0)
            return RetransmissionCause.DuplicateAcks;
        if (sender.RecoveryPoint is { } recovery && start < recovery)
            return RetransmissionCause.Recovery;
        return RetransmissionCause.Unknown;
    }

    /// <summary>
    /// A timer expired. A probe retransmits the last segment, a timeout the first one; where these are the same, the
    /// first to come after a shorter wait is the probe (RFC 8985 section 7.2).
    /// </summary>
    private static RetransmissionCause TimerCause(
        EndModel sender, long end, in Transmission? earlier, TimeSpan idle, TimeSpan roundTrip)
    {
        var isLast = end >= sender.Nxt;
        var isOnly = isLast && earlier is { IsAgain: false } only && only.Start <= sender.Una;
        var rto = roundTrip + Longer(MinRto, sender.Rtt.Variation * 4);
        return isOnly && sender.PermitsSack && roundTrip > TimeSpan.Zero && idle < rto
            ? RetransmissionCause.TailLossProbe
            : RetransmissionCause.Timeout;
    }

    /// <summary>
    /// The same numbers and timestamps, sooner than an ACK can have returned from the receiver: the path or the capture
    /// has doubled the frame.
    /// </summary>
    private static bool IsSameFrame(
        in Transmission earlier, in CapturedSegment segment, long start, long end, EndModel sender, EndModel receiver)
    {
        if (earlier.Start != start || earlier.End != end || earlier.Stamp != segment.Timestamps?.Value)
            return false;
        var roundTrip = sender.Rtt.Min + receiver.Rtt.Min;
        var since = segment.Time - earlier.Time;
        return sender.DuplicateAcks == 0 && sender.Sacked.Count == 0
            && since < (roundTrip > TimeSpan.Zero ? roundTrip / 2 : UsualDuplication);
    }

    /// <summary>The hole was there when the sender decided, and an ACK on its way there has closed it.</summary>
    private static bool IsSuspected(EndModel sender, in CapturedSegment segment, long start, TimeSpan reaction) =>
        sender.Suspected.Frame > 0 && start >= sender.Suspected.Start && start < sender.Suspected.End
        && segment.Time - sender.Suspected.Time <= reaction + ReactionTime;

    private static void OnSyn(
        in CapturedSegment segment, EndModel sender, in Transmission? earlier, SegmentInference inference)
    {
        inference.Cause = RetransmissionCause.Timeout;
        inference.Waited = earlier is { } syn ? segment.Time - syn.Time : default;
        var isAnswer = segment.Has(TcpFlags.Ack) && (sender.LastMeaning & SegmentMeaning.SynAgain) != 0;
        inference.Reason = isAnswer ? SegmentReason.AnswerSyn : SegmentReason.RetransmissionTimeout;
        if (!isAnswer)
            inference.NoteCause(ReasonId.CauseTimeout, ("after", Numbers.Span(inference.Waited)));
    }

    private static void Begin(EndModel sender, in CapturedSegment segment, bool isTimeout)
    {
        if (sender.RecoveryPoint is null || isTimeout)
            (sender.RecoveryPoint, sender.RecoveryFrame) = (sender.Nxt, segment.Frame);
        sender.IsTimeoutRecovery = isTimeout;
    }

    private static long SackedAbove(EndModel sender, long offset) =>
        sender.Sacked.Max is { } max ? sender.Sacked.CountIn(offset, max) : 0;

    private static MonotonicTime Later(MonotonicTime left, MonotonicTime right) => left > right ? left : right;

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
