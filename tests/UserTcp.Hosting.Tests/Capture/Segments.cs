using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Hosting.Tests.Capture;

/// <summary>Segments of one conversation, whose sequence numbers start next to 2^32 and 2^31.</summary>
internal static class Segments
{
    private static readonly SeqNum Iss = new(uint.MaxValue - 1);
    private static readonly SeqNum Irs = new(int.MaxValue);

    public static FourTuple Conversation { get; } = Tuple(40_000);

    public static FourTuple Tuple(ushort remotePort) => new(
        IpAddress.From(Kit.Network.HostIPv4), new Port(80), IpAddress.From(Kit.Network.PeerIPv4), new Port(remotePort));

    /// <summary>A segment that the stack sent; numbers relative to ISS and IRS.</summary>
    public static SegmentObservation Sent(
        double milliseconds, TcpFlags flags, uint seq, uint ack, int payload, TcpState state, SegmentReason reason) =>
        Make(milliseconds, flags, Iss + seq, Irs + ack, payload, state, state) with { Sent = true, Reason = reason };

    /// <summary>A segment that arrived; numbers relative to IRS and ISS.</summary>
    public static SegmentObservation Received(
        double milliseconds, TcpFlags flags, uint seq, uint ack, int payload, TcpState before, TcpState after,
        Disposition disposition = Disposition.Accepted) =>
        Make(milliseconds, flags, Irs + seq, Iss + ack, payload, before, after) with
        {
            Disposition = disposition,
            Meaning = payload > 0 ? SegmentMeaning.InOrder : SegmentMeaning.None,
        };

    /// <summary>The event of a segment.</summary>
    public static TraceEvent Event(in SegmentObservation segment) => new()
    {
        Kind = TraceEventKind.Segment,
        Time = segment.Time,
        Tuple = segment.Tuple,
        Iss = segment.Iss,
        Irs = segment.Irs,
        Segment = segment,
    };

    private static SegmentObservation Make(
        double milliseconds, TcpFlags flags, SeqNum seq, SeqNum ack, int payload,
        TcpState before, TcpState after) => new()
        {
            Time = new MonotonicTime((long)(milliseconds * TimeSpan.TicksPerMillisecond)),
            Sent = false,
            Tuple = Conversation,
            Header = new TcpHeader(new Port(80), new Port(40_000), seq, ack, flags, 65_535),
            PayloadLength = payload,
            Window = 65_535,
            Before = before,
            After = after,
            Iss = Iss,
            Irs = Irs,
            Mss = flags.HasFlag(TcpFlags.Syn) ? (ushort)1460 : null,
            WindowScale = flags.HasFlag(TcpFlags.Syn) ? WindowScale.FromWire(7) : null,
        };
}
