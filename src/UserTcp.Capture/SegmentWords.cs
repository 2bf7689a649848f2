using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>Says in a sentence why a segment was sent, or what its arrival came to.</summary>
public static class SegmentWords
{
    /// <summary>The sentence for one segment.</summary>
    public static string Explain(in SegmentObservation segment) => segment.Sent ? ExplainSent(segment) : ExplainReceived(segment);

    private static string ExplainSent(in SegmentObservation segment) => segment.Reason switch
    {
        SegmentReason.ActiveOpen => $"we open: our SYN{Offer(segment)}",
        SegmentReason.AnswerSyn => $"we answer the SYN with ours{Offer(segment)}",
        SegmentReason.CompleteHandshake => "third segment of the handshake: both ends are synchronized",
        SegmentReason.Data => $"text: {Octets(segment.PayloadLength)}",
        SegmentReason.Close => segment.PayloadLength > 0
            ? $"last text, {Octets(segment.PayloadLength)}, and FIN: we have no more to send"
            : "FIN: we have no more to send",
        SegmentReason.AcknowledgeEverySecond => "ACK at once: every second full-sized segment",
        SegmentReason.QuickAck => "ACK at once: the peer is in slow start",
        SegmentReason.DelayedAck => "ACK whose delay ran out: no text came to carry it",
        SegmentReason.AcknowledgeOutOfOrder => "ACK at once: text came out of order or filled a gap",
        SegmentReason.AcknowledgeDuplicate => "ACK at once: text came that had come before",
        SegmentReason.AcknowledgeFin => segment.After == TcpState.TimeWait
            ? "we acknowledge the peer's FIN and wait 2 MSL"
            : "we acknowledge the peer's FIN",
        SegmentReason.WindowUpdate => "window update: the application has read",
        SegmentReason.UnacceptableSegment => "ACK that says where we are: the last segment was outside the window",
        SegmentReason.ChallengeAck => "challenge ACK: a genuine peer will prove itself",
        SegmentReason.RetransmissionTimeout => "sent again: the retransmission timer ran out",
        SegmentReason.FastRetransmit => "sent again: ACKs show that it is lost",
        SegmentReason.PartialAck => "sent again: a partial ACK shows the next hole",
        SegmentReason.WindowReopened => "sent again: the peer's window had closed over it",
        SegmentReason.LostSegment => "sent again: lost like the one before",
        SegmentReason.TailLossProbe => "sent again to probe the end of the flight, which nothing was heard of",
        SegmentReason.PathMtu => "sent again in smaller segments: the path's MTU is lower",
        SegmentReason.ZeroWindowProbe => "probe: is the peer's window still closed?",
        SegmentReason.KeepAlive => "keep-alive: the peer has been silent for long; is it still there?",
        SegmentReason.Urgent => "urgent: there is text that the peer should hurry to read",
        SegmentReason.ResetNoConnection => "RST: nothing here listens or knows this connection",
        SegmentReason.ResetAbort => "RST: the application aborted, or left text unread",
        SegmentReason.ResetAfterClose => "RST: text came, and nobody is left to read it",
        SegmentReason.ResetUnacceptableAck => "RST: it acknowledges what we never sent",
        SegmentReason.ResetTimeout => "RST: the peer did not answer for too long",
        SegmentReason.ResetMemory => "RST: memory is used up, and the peer takes nothing of what is held for it",
        SegmentReason.ResetMinProgress => "RST: the peer acknowledged too little for too long",
        SegmentReason.ResetFault => "RST: the stack itself had a fault with this connection",
        SegmentReason.MtuProbe => "a larger segment, to see whether the path carries it",
        SegmentReason.UserTimeout => "tells the peer how long we wait for it",
        SegmentReason.SynCookie => $"SYN,ACK with a SYN cookie: nothing is kept of the peer's SYN{Offer(segment)}",
        SegmentReason.TimeWaitAck => "ACK from TIME-WAIT: the peer has not heard our last one",
        _ => "",
    };

    private static string ExplainReceived(in SegmentObservation segment) => segment.Disposition switch
    {
        Disposition.Opened => $"the peer opens: SYN{Offer(segment)}",
        Disposition.TimeWaitReused => $"the peer opens anew over TIME-WAIT: its SYN lies beyond the old connection{Offer(segment)}",
        Disposition.Accepted => ExplainAccepted(segment),
        Disposition.NoConnection => "for a connection that does not exist",
        Disposition.ListenDropped => "dropped: no room for another connection",
        Disposition.OutsideWindow => "dropped: outside the receive window",
        Disposition.Reset => "RST at just the number we expect: the connection is gone",
        Disposition.ResetChallenged => "RST in the window but not at its start: challenged",
        Disposition.ResetIgnored => "RST that proves nothing: ignored",
        Disposition.SynChallenged => "SYN within a connection: challenged",
        Disposition.WithoutAck => "dropped: it acknowledges nothing",
        Disposition.AckUnacceptable => "dropped: it acknowledges what was never sent, or is long past",
        Disposition.AfterClose => "text for an application that is gone",
        Disposition.TimeWait => "an old connection's segment reaches TIME-WAIT",
        Disposition.AnsweredByCookie => $"the peer opens, and is answered without keeping state: SYN{Offer(segment)}",
        Disposition.Paws => "dropped: its timestamp is older than what we have taken already",
        _ => "",
    };

    private static string ExplainAccepted(in SegmentObservation segment)
    {
        if ((segment.Header.Flags & TcpFlags.Syn) != 0)
        {
            return segment.After == TcpState.SynReceived
                ? $"the peer's SYN crosses ours: simultaneous open{Offer(segment)}"
                : $"the peer accepts: SYN,ACK{Offer(segment)}";
        }

        var opening = segment.Before == TcpState.SynReceived ? "third segment of the handshake: both ends are synchronized" : null;
        var text = segment.PayloadLength > 0 ? $"text: {Octets(segment.PayloadLength)}" : null;
        var fin = (segment.Header.Flags & TcpFlags.Fin) != 0 ? "FIN: the peer has no more to send" : null;
        var ofOurFin = AcknowledgesOurFin(segment) ? "acknowledges our FIN" : null;
        var end = segment.After switch
        {
            TcpState.TimeWait when segment.Before != TcpState.TimeWait => "2 MSL begin",
            TcpState.Closed => "the connection is closed",
            _ => null,
        };
        var parts = new[] { opening, ofOurFin, text, fin, end }.Where(part => part is not null);
        var sentence = string.Join("; ", parts);
        return sentence.Length > 0 ? sentence : "acknowledges our text";
    }

    private static bool AcknowledgesOurFin(in SegmentObservation segment) => (segment.Before, segment.After) switch
    {
        (TcpState.FinWait1, TcpState.FinWait2 or TcpState.TimeWait) => true,
        (TcpState.Closing, TcpState.TimeWait) => true,
        (TcpState.LastAck, TcpState.Closed) => true,
        _ => false,
    };

    private static string Offer(in SegmentObservation segment)
    {
        var mss = segment.Mss is { } octets ? $"MSS {octets}" : "no MSS";
        return segment.WindowScale is { } scale ? $" ({mss}, window scale {scale.Shift})" : $" ({mss})";
    }

    private static string Octets(int count) => count == 1 ? "1 octet" : FormattableString.Invariant($"{count:N0} octets");
}
