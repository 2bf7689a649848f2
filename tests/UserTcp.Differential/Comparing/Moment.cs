using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>A segment before its arrival at a connection.</summary>
/// <param name="Before">The state of the connection.</param>
/// <param name="Segment">The segment.</param>
/// <param name="Place">The position of the segment.</param>
/// <param name="History">The history of the script.</param>
internal sealed record Moment(Situation Before, InjectStep Segment, Place Place, History History)
{
    /// <summary>SEG.SEQ + SEG.LEN - RCV.NXT.</summary>
    public int End => Place.Seq + Segment.Length;

    /// <summary>An ACK without SYN and RST, for a synchronized connection.</summary>
    public bool IsOrdinary =>
        (Segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == TcpFlags.Ack
        && Before.State is not ("CLOSED" or "LISTEN" or "SYN-SENT" or "SYN-RECEIVED" or "TIME-WAIT");

    /// <summary>SND.UNA =&lt; SEG.ACK =&lt; SND.NXT.</summary>
    public bool IsAckAcceptable => Place.Ack <= 0 && Place.Ack >= -Before.Flight;

    /// <summary>It acknowledges new data or changes the window.</summary>
    public bool IsNews => IsAckAcceptable
        && (Place.Ack > -Before.Flight || (uint)Segment.Window << Before.PeerScale != Before.PeerWindow);
}
