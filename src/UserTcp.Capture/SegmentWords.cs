using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>
/// Explains why a segment was sent, or what its arrival did. Every retransmission starts with "retransmission:".
/// </summary>
public static class SegmentWords
{
    private const string HandshakeComplete = "ACK: handshake complete";

    /// <summary>The explanation of one segment.</summary>
    public static string Explain(in SegmentObservation segment) =>
        segment.Sent ? ExplainSent(segment) : ExplainReceived(segment);

    private static string ExplainSent(in SegmentObservation segment) => segment.Reason switch
    {
        SegmentReason.ActiveOpen => $"SYN: active open{Offer(segment)}",
        SegmentReason.AnswerSyn => $"SYN,ACK: reply to the SYN{Offer(segment)}",
        SegmentReason.CompleteHandshake => HandshakeComplete,
        SegmentReason.Data => Data(segment),
        SegmentReason.Close => segment.PayloadLength > 0
            ? $"{Data(segment)}; FIN: we have no more to send"
            : "FIN: we have no more to send",
        SegmentReason.AcknowledgeEverySecond => "immediate ACK: second full-sized segment",
        SegmentReason.QuickAck => "quick ACK: the peer is in slow start",
        SegmentReason.DelayedAck => "delayed ACK: no data carried it in time",
        SegmentReason.AcknowledgeOutOfOrder => "immediate ACK: data out of order, or a gap was filled",
        SegmentReason.AcknowledgeDuplicate => "immediate ACK: duplicate data",
        SegmentReason.AcknowledgeFin => segment.After == TcpState.TimeWait
            ? "ACK of the peer's FIN; TIME-WAIT lasts 2 MSL"
            : "ACK of the peer's FIN",
        SegmentReason.WindowUpdate => "window update: the application has read",
        SegmentReason.UnacceptableSegment => "ACK: the last segment was outside the receive window",
        SegmentReason.ChallengeAck => "challenge ACK: the peer must confirm",
        SegmentReason.RetransmissionTimeout => "retransmission: timeout (RTO)",
        SegmentReason.FastRetransmit => "retransmission: fast retransmit",
        SegmentReason.PartialAck => "retransmission: partial ACK",
        SegmentReason.WindowReopened => "retransmission: the peer's window has reopened",
        SegmentReason.LostSegment => "retransmission: another lost segment",
        SegmentReason.TailLossProbe => "retransmission: tail loss probe (TLP)",
        SegmentReason.PathMtu => "retransmission: smaller segments for a lower path MTU",
        SegmentReason.ZeroWindowProbe => "zero-window probe",
        SegmentReason.KeepAlive => "keep-alive: the peer has been silent",
        SegmentReason.Urgent => "urgent pointer: urgent data is waiting",
        SegmentReason.ResetNoConnection => "RST: no such listener or connection",
        SegmentReason.ResetAbort => "RST: the application aborted, or left data unread",
        SegmentReason.ResetAfterClose => "RST: data arrived after the application closed",
        SegmentReason.ResetUnacceptableAck => "RST: unacceptable ACK",
        SegmentReason.ResetTimeout => "RST: the peer did not reply in time",
        SegmentReason.ResetMemory => "RST: out of memory, and the peer does not accept its data",
        SegmentReason.ResetMinProgress => "RST: the peer acknowledged too little for too long",
        SegmentReason.ResetFault => "RST: internal fault with this connection",
        SegmentReason.MtuProbe => $"MTU probe: {Data(segment)}",
        SegmentReason.UserTimeout => "ACK with the user timeout option",
        SegmentReason.SynCookie => $"SYN,ACK with a SYN cookie: no state kept{Offer(segment)}",
        SegmentReason.TimeWaitAck => "ACK from TIME-WAIT",
        _ => "",
    };

    private static string ExplainReceived(in SegmentObservation segment) => segment.Disposition switch
    {
        Disposition.Opened => $"SYN: the peer opens{Offer(segment)}",
        Disposition.TimeWaitReused => $"SYN: the peer reuses a connection in TIME-WAIT{Offer(segment)}",
        Disposition.Accepted => ExplainAccepted(segment),
        Disposition.NoConnection => "no such connection",
        Disposition.ListenDropped => "dropped: no room for another connection",
        Disposition.OutsideWindow => "dropped: outside the receive window",
        Disposition.Reset => "RST at RCV.NXT: connection reset",
        Disposition.ResetChallenged => "RST in the window, but not at RCV.NXT: challenge ACK",
        Disposition.ResetIgnored => "dropped: unacceptable RST",
        Disposition.SynChallenged => "SYN in a synchronized state: challenge ACK",
        Disposition.WithoutAck => "dropped: no ACK bit",
        Disposition.AckUnacceptable => "dropped: unacceptable ACK",
        Disposition.AfterClose => $"{Data(segment)}, after the application closed",
        Disposition.TimeWait => "segment of a connection in TIME-WAIT",
        Disposition.AnsweredByCookie => $"SYN: the peer opens, no state kept{Offer(segment)}",
        Disposition.Paws => "dropped: old timestamp (PAWS)",
        _ => "",
    };

    private static string ExplainAccepted(in SegmentObservation segment)
    {
        if ((segment.Header.Flags & TcpFlags.Syn) != 0)
        {
            return segment.After == TcpState.SynReceived
                ? $"SYN crosses ours: simultaneous open{Offer(segment)}"
                : $"SYN,ACK: the peer accepts{Offer(segment)}";
        }

        var handshake = segment.Before == TcpState.SynReceived ? HandshakeComplete : null;
        var data = segment.PayloadLength > 0 ? Data(segment) : null;
        var fin = (segment.Header.Flags & TcpFlags.Fin) != 0 ? "FIN: the peer has no more to send" : null;
        var ackOfFin = AcknowledgesOurFin(segment) ? "ACK of our FIN" : null;
        var end = segment.After switch
        {
            TcpState.TimeWait when segment.Before != TcpState.TimeWait => "TIME-WAIT lasts 2 MSL",
            TcpState.Closed => "connection closed",
            _ => null,
        };
        var parts = new[] { handshake, ackOfFin, data, fin, end }.Where(part => part is not null);
        var explanation = string.Join("; ", parts);
        return explanation.Length > 0 ? explanation : "ACK of our data";
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
        var mss = segment.Mss is { } bytes ? $"MSS {bytes}" : "no MSS";
        return segment.WindowScale is { } scale ? $" ({mss}, window scale {scale.Shift})" : $" ({mss})";
    }

    private static string Data(in SegmentObservation segment) =>
        segment.PayloadLength == 1
            ? "data: 1 byte"
            : FormattableString.Invariant($"data: {segment.PayloadLength:N0} bytes");
}
