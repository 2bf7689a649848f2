using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// Walks over the segments of one conversation in the order of the capture, and infers what each is to both ends. A
/// capture shows what passed one point of the path: an end may have seen it later, in another order, or never.
/// </summary>
internal sealed class ConversationInference(Hindsight hindsight)
{
    public EndModel First { get; } = new() { IsFirst = true };

    public EndModel Second { get; } = new();

    /// <summary>Infers what the next segment is. The ends are as they are after it.</summary>
    public SegmentInference Infer(in CapturedSegment segment)
    {
        var (sender, receiver) = segment.IsFromFirst ? (First, Second) : (Second, First);
        if (!sender.Life.IsKnown && !receiver.Life.IsKnown && !segment.Has(TcpFlags.Rst))
            Begin(segment, sender, receiver);
        LearnNumbers(segment, sender, receiver);
        var inference = new SegmentInference
        {
            SenderBefore = StateOf(sender),
            ReceiverBefore = StateOf(receiver),
            Start = sender.OffsetOf(segment.Header.Seq),
        };
        if (segment.Has(TcpFlags.Syn))
            LearnOffer(segment, sender);
        SendInference.OnSent(sender, receiver, segment, inference, hindsight);
        ReasonInference.OnSent(sender, receiver, segment, inference);
        if (segment.Has(TcpFlags.Rst))
            sender.Life.OnReset();
        else if (!segment.Has(TcpFlags.Syn))
            sender.Life.OnSegmentSent();
        if (segment.HasWrongChecksum)
        {
            inference.ArrivalMain = ReasonId.WrongChecksum;
        }
        else if (segment.IsLost)
        {
            inference.ArrivalMain = ReasonId.NeverArrives;
        }
        else
        {
            ReceiveInference.OnArrival(receiver, sender, segment, inference);
            AckInference.OnAck(receiver, sender, segment, inference, hindsight);
            MeasureEcho(sender, receiver, segment, inference);
            receiver.LastMeaning = inference.Meaning;
        }

        AddNotes(segment, sender, inference);
        sender.IsSeen = true;
        return inference;
    }

    /// <summary>The state of an end. Before its first segment the second one listens.</summary>
    public static TcpState StateOf(EndModel end) =>
        end is { IsFirst: false, Life: { IsKnown: false, IsReset: false } } ? TcpState.Listen : end.Life.State;

    /// <summary>The first segment of the capture shows what happened before it.</summary>
    private static void Begin(in CapturedSegment segment, EndModel sender, EndModel receiver)
    {
        if (!segment.Has(TcpFlags.Syn))
        {
            sender.Life.OnAcknowledged();
            receiver.Life.OnAcknowledged();
        }
        else if (segment.Has(TcpFlags.Ack))
        {
            sender.Life.OnSynReceived(acknowledgesOurs: false);
            receiver.Life.OnSynSent();
        }
    }

    private static void LearnNumbers(in CapturedSegment segment, EndModel sender, EndModel receiver)
    {
        if (segment.Has(TcpFlags.Syn) && !sender.HasSyn && !sender.IsSeen)
            (sender.Isn, sender.Nxt, sender.Una, sender.HasSyn) = (segment.Header.Seq, 0, 0, true);
        else if (sender.Isn is null)
            (sender.Isn, sender.Nxt, sender.Una) = (segment.Header.Seq - 1, 1, 1);
        if (receiver.Isn is null && segment.Has(TcpFlags.Ack) && !segment.Has(TcpFlags.Rst))
            (receiver.Isn, receiver.Nxt, receiver.Una) = (segment.Header.Ack - 1, 1, 1);
        if (segment.Has(TcpFlags.Syn))
            sender.Life.OnSynSent();
    }

    private static void LearnOffer(in CapturedSegment segment, EndModel sender)
    {
        sender.Mss ??= segment.Mss;
        sender.Scale ??= segment.WindowScale;
        sender.PermitsSack |= segment.SackPermitted;
        sender.OffersTimestamps |= segment.Timestamps is not null;
        sender.OffersEcn |= segment.Has(TcpFlags.Ece);
    }

    /// <summary>
    /// While the peer has data in flight, an ACK releases more of it. A retransmission may have waited for a timer.
    /// </summary>
    private static void MeasureEcho(
        EndModel sender, EndModel receiver, in CapturedSegment segment, SegmentInference inference)
    {
        if (segment.Timestamps is not { } stamps || segment.Has(TcpFlags.Syn) || segment.Has(TcpFlags.Rst))
            return;
        if (receiver.Nxt == receiver.Una)
            sender.Echoes.Clear();
        else if (segment.Length == 0)
            sender.Echoes.OnAck(stamps.Value, segment.Time);
        if (segment.PayloadLength > 0 && inference.Cause == RetransmissionCause.None
            && receiver.Echoes.Measure(stamps.Echo, segment.Time) is { } sample)
        {
            receiver.Rtt.Add(sample);
        }
    }

    private static void AddNotes(in CapturedSegment segment, EndModel sender, SegmentInference inference)
    {
        if (inference.IsWindowClosed)
            inference.SenderNote = new Phrase(ReasonId.SenderWindowClosed);
        if (segment.PayloadLength > 0 && sender is { Scale: not null, HasSyn: true } && sender.Window > 0
            && inference.Cause == RetransmissionCause.None && sender.Nxt == sender.Edge)
        {
            inference.Note(ReasonId.WindowFull, ("window", sender.Edge - sender.Una));
        }

        if (segment.HasOptionsCut)
            inference.Note(ReasonId.OptionsCut);
    }
}
