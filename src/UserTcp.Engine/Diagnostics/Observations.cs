using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Diagnostics;

/// <summary>Builds the observations of segments that <see cref="IEngineObserver"/> gets.</summary>
internal static class Observations
{
    public static SegmentObservation Sent(
        Tcb tcb, in TcpHeader header, in TcpOptions options, int payloadLength, int segmentSize, SegmentReason reason,
        MonotonicTime now) => new()
        {
            Time = now,
            Sent = true,
            Tuple = tcb.Tuple,
            Header = header,
            PayloadLength = payloadLength,
            Window = Scaled(header, tcb.Rcv.Scale),
            Mss = options.Mss,
            WindowScale = options.WindowScale,
            SackPermitted = options.SackPermitted,
            Sack = options.Sack,
            Timestamps = options.Timestamps,
            SegmentSize = segmentSize,
            Before = tcb.ReportedState,
            After = tcb.ReportedState,
            Reason = reason,
            Iss = tcb.Snd.Iss,
            Irs = EngineTrace.IrsOf(tcb),
        };

    /// <summary>A segment that we send without a TCB: a reply, or the last segment of a connection.</summary>
    public static SegmentObservation SentOutside(
        in ReplyQueue.Reply reply, in TcpOptions options, TcpState state, MonotonicTime now) => new()
        {
            Time = now,
            Sent = true,
            Tuple = reply.Tuple,
            Header = reply.Header,
            PayloadLength = 0,
            Window = Scaled(reply.Header, reply.Scale),
            Mss = options.Mss,
            WindowScale = options.WindowScale,
            SackPermitted = options.SackPermitted,
            Timestamps = options.Timestamps,
            Before = state,
            After = state,
            Reason = reply.Reason,
            Iss = reply.Reason == SegmentReason.SynCookie ? reply.Header.Seq : reply.Iss,
            Irs = reply.Reason == SegmentReason.SynCookie ? reply.Header.Ack - 1 : reply.Irs,
        };

    public static SegmentObservation Received(
        in FourTuple tuple, in TcpSegment segment, in TcpOptions options, Tcb? tcb, TcpState before, TcpState after,
        Disposition disposition, MonotonicTime now) => new()
        {
            Time = now,
            Sent = false,
            Tuple = tuple,
            Header = new TcpHeader(
                segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags, segment.Window,
                segment.UrgentPointer),
            PayloadLength = segment.Payload.Length,
            Window = segment.Has(TcpFlags.Syn) || tcb is null ? segment.Window : tcb.Snd.Scale.ToOctets(segment.Window),
            Mss = options.Mss,
            WindowScale = options.WindowScale,
            SackPermitted = options.SackPermitted,
            Sack = options.Sack,
            Timestamps = options.Timestamps,
            Before = before,
            After = after,
            Disposition = disposition,
            Iss = tcb?.Snd.Iss,
            Irs = tcb?.Rcv.Irs,
        };

    private static uint Scaled(in TcpHeader header, WindowScale scale) =>
        (header.Flags & TcpFlags.Syn) != 0 ? header.Window : scale.ToOctets(header.Window);
}
