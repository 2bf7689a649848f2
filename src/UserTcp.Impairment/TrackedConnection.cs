using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>What <see cref="PacketClassifier"/> knows about a connection.</summary>
internal sealed class TrackedConnection
{
    private Sender _forward;
    private Sender _backward;

    /// <summary>How many packets each trigger has seen; null before the first.</summary>
    public long[]? Counts { get; set; }

    /// <summary>True when a segment is the SYN of another connection between the same two ports.</summary>
    public bool IsEndedBy(in TcpSegment segment, bool isForward)
    {
        var isn = (isForward ? _forward : _backward).Isn;
        return (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn && isn is not null && isn != segment.Seq;
    }

    /// <summary>Classifies a segment, and remembers it.</summary>
    public PacketFacts Observe(in TcpSegment segment, bool isForward)
    {
        ref var sender = ref isForward ? ref _forward : ref _backward;
        var fin = (isForward ? _backward : _forward).FinEnd;
        if (segment.Has(TcpFlags.Syn))
            sender.Isn = segment.Seq;
        var start = segment.Has(TcpFlags.Syn) ? segment.Seq + 1 : segment.Seq;
        var facts = new PacketFacts(segment.Flags, segment.Payload.Length)
        {
            RelativeSequence = sender.Isn is { } isn ? unchecked((uint)(start - isn)) : null,
            IsRetransmission = segment.Length > 0 && sender.Next is { } next && segment.Seq < next,
            IsAckOfFin = segment.Has(TcpFlags.Ack) && !segment.Has(TcpFlags.Rst) && fin == segment.Ack,
        };
        if (segment.Length == 0)
            return facts;
        var end = segment.Seq + segment.Length;
        sender.Next = sender.Next is { } highest ? SeqNum.Max(highest, end) : end;
        if (segment.Has(TcpFlags.Fin))
            sender.FinEnd = end;
        return facts;
    }

    /// <summary>One end of the connection.</summary>
    private struct Sender
    {
        /// <summary>The ISN; null before the SYN.</summary>
        public SeqNum? Isn;

        /// <summary>The sequence number behind all that was sent; null before the first.</summary>
        public SeqNum? Next;

        /// <summary>The sequence number behind the FIN, which an ACK of it has; null before the FIN.</summary>
        public SeqNum? FinEnd;
    }
}
