using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>A segment for a connection that does not exist (RFC 9293 section 3.10.7.1).</summary>
internal static class ClosedArrives
{
    public static Disposition Handle(EngineState engine, in Arrival arrival)
    {
        // A RST is never answered with a RST.
        if (!arrival.Segment.Has(TcpFlags.Rst))
            Lifecycle.Reply(engine, arrival.Tuple, ResetFor(arrival.Segment), SegmentReason.ResetNoConnection);
        return Disposition.NoConnection;
    }

    /// <summary>The RST that the sender of a segment will believe (section 3.5.2, groups 1 and 2).</summary>
    public static TcpHeader ResetFor(in TcpSegment segment)
    {
        var (local, remote) = (segment.DestinationPort, segment.SourcePort);
        return segment.Has(TcpFlags.Ack)
            ? new TcpHeader(local, remote, segment.Ack, default, TcpFlags.Rst, 0)
            : new TcpHeader(local, remote, default, segment.Seq + segment.Length, TcpFlags.Rst | TcpFlags.Ack, 0);
    }
}
