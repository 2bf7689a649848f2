using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>What SEG.ACK, the SACK blocks and the window of a segment mean for the end that they acknowledge.</summary>
internal static class AckInference
{
    private const int DuplicateThreshold = 3;

    /// <summary>The owner is the end whose data is acknowledged; the acker sends the segment.</summary>
    public static void OnAck(
        EndModel owner, EndModel acker, in CapturedSegment segment, SegmentInference inference, Hindsight hindsight)
    {
        if (!segment.Has(TcpFlags.Ack) || segment.Has(TcpFlags.Rst))
            return;
        if (owner.OffsetOf(segment.Header.Ack) is not { } ack)
        {
            inference.Disposition = Disposition.AckUnacceptable;
            return;
        }

        CheckUncaptured(owner, ack, inference, hindsight);
        acker.Reach(ack);
        var window = acker.WindowOf(segment, owner);
        AddAck(owner, segment, ack, window, inference);
        AddSack(owner, acker, segment, ack, inference, hindsight);
        if (owner.DuplicateAcks >= DuplicateThreshold && owner.Sacked.Count == 0 && acker.RcvNxt > ack
            && owner.Transmissions.FindLast(ack) is { } hole)
        {
            acker.Forget(ack, hole.End);
        }

        if (ack >= owner.Una)
            UpdateWindow(owner, acker, segment, ack, window, inference);
        owner.LastAcked = segment.Time;
        owner.LastAckFrame = segment.Frame;
        if (owner.FinEnd is { } fin && ack >= fin)
            owner.Life.OnFinAcknowledged();
        if (ack > 0 || !owner.HasSyn)
            owner.Life.OnAcknowledged();
        if (segment.Has(TcpFlags.Ece) && !segment.Has(TcpFlags.Syn))
            inference.Meaning |= SegmentMeaning.EceEcho;
    }

    /// <summary>An ACK of what the capture does not have: it missed segments, or has only one direction.</summary>
    private static void CheckUncaptured(EndModel owner, long ack, SegmentInference inference, Hindsight hindsight)
    {
        if (ack <= owner.Nxt)
            return;
        if (ack != owner.ProbeEnd && !hindsight.IsOneWay)
        {
            var bytes = ack - owner.Nxt;
            inference.Note(ReasonId.AckOfUncaptured, ("bytes", bytes), ("unit", Numbers.Unit(bytes)));
        }

        owner.Nxt = ack;
    }

    private static void AddAck(
        EndModel owner, in CapturedSegment segment, long ack, uint window, SegmentInference inference)
    {
        if (ack > owner.Una)
        {
            // What a SACK block has reported arrived before: this ACK waited for the hole below it.
            if (owner.Transmissions.Measure(ack) is { } sent && owner.Sacked.CountIn(ack - 1, ack) == 0)
                owner.Rtt.Add(segment.Time - sent);
            owner.Una = ack;
            owner.Sacked.RemoveBelow(ack);
            owner.DuplicateAcks = 0;
            inference.Meaning |= SegmentMeaning.NewAck;
            if (owner.RecoveryPoint is { } point)
            {
                inference.Meaning |= ack >= point ? SegmentMeaning.RecoveryEnds : SegmentMeaning.PartialAck;
                owner.RecoveryPoint = ack >= point ? null : point;
            }
        }
        else if (ack < owner.Una)
        {
            inference.Meaning |= SegmentMeaning.OldAck;
        }
        else if (owner.Nxt > owner.Una && segment.Length == 0 && window == owner.Window && window > 0
            && inference.Reason != SegmentReason.KeepAlive)
        {
            owner.DuplicateAcks++;
            inference.Meaning |= SegmentMeaning.DuplicateAck;
        }
    }

    private static void AddSack(
        EndModel owner, EndModel acker, in CapturedSegment segment, long ack, SegmentInference inference,
        Hindsight hindsight)
    {
        if (segment.Sack.Count == 0)
            return;
        var first = 0;
        if (owner.OffsetOf(segment.Sack[0].Left) is { } left && owner.OffsetOf(segment.Sack[0].Right) is { } right
            && IsDuplicate(owner, segment, ack, left, right))
        {
            first = 1;
            inference.Meaning |= SegmentMeaning.DuplicateReported;
            if (owner.Transmissions.FindLastAgain(left, right) is { } again)
                hindsight.AddSpurious(again.Frame, segment.Frame);
        }

        for (var i = first; i < segment.Sack.Count; i++)
        {
            if (owner.OffsetOf(segment.Sack[i].Left) is not { } start
                || owner.OffsetOf(segment.Sack[i].Right) is not { } end || end <= start || start < ack)
            {
                continue;
            }

            if (owner.Sacked.Add(start, end) > 0)
                inference.Meaning |= SegmentMeaning.SackNews;
        }

        if (inference.Has(SegmentMeaning.SackNews) && owner.Sacked.Max is { } max)
            owner.Suspected = (ack, max, segment.Time, segment.Frame);

        // The capture saw the hole's data, but the receiver shows that it did not get it.
        if (owner.Sacked.Count > 0 && acker.RcvNxt > ack && owner.Sacked[0].Start > ack)
            acker.Forget(ack, owner.Sacked[0].Start);
    }

    /// <summary>RFC 2883 section 4: the first block lies below SEG.ACK, or within the second.</summary>
    private static bool IsDuplicate(EndModel owner, in CapturedSegment segment, long ack, long left, long right) =>
        right <= ack
        || (segment.Sack.Count > 1 && owner.OffsetOf(segment.Sack[1].Left) <= left
            && owner.OffsetOf(segment.Sack[1].Right) >= right);

    private static void UpdateWindow(
        EndModel owner, EndModel acker, in CapturedSegment segment, long ack, uint window, SegmentInference inference)
    {
        var isNews = inference.Has(SegmentMeaning.NewAck);
        // The field is rounded down: an edge that moves left by less than its unit has not moved.
        inference.IsWindowShrunk = owner is { HasSyn: true, Scale: not null }
            && acker is { HasSyn: true, Scale: { } scale } && ack + window + (1L << scale.Shift) <= owner.LastEdge;
        if (owner.Window is { } before && !segment.Has(TcpFlags.Syn))
        {
            if (window == 0)
                inference.Meaning |= before > 0 ? SegmentMeaning.WindowClosed : OfAnswer(owner, segment, isNews);
            else if (before == 0)
                inference.Meaning |= SegmentMeaning.WindowOpened;
            else if (!isNews && segment.Length == 0 && window != before)
                inference.Meaning |= window < before ? SegmentMeaning.WindowShrunk : SegmentMeaning.WindowUpdate;
        }

        owner.HasProbed &= window == 0;
        owner.Window = window;
        owner.LastEdge = ack + window;
        owner.Edge = Math.Max(owner.Edge, owner.LastEdge);
    }

    private static SegmentMeaning OfAnswer(EndModel owner, in CapturedSegment segment, bool isNews) =>
        !isNews && segment.Length == 0 && owner.HasProbed ? SegmentMeaning.ProbeAnswer : SegmentMeaning.None;
}
