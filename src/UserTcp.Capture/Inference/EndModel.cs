using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// What a capture shows of one end of a conversation. Sequence numbers are offsets from the end's ISN: they do not
/// wrap. Without its SYN, the first number that the capture shows stands for ISN + 1.
/// </summary>
internal sealed class EndModel
{
    // What the largest window allows (RFC 7323 section 2.3); a number further away is not one of the conversation.
    private const long MaxDistance = 1L << 30;

    /// <summary>The end that sends the first segment of the capture.</summary>
    public bool IsFirst { get; init; }

    /// <summary>ISN; null until a segment shows one.</summary>
    public SeqNum? Isn { get; set; }

    /// <summary>The SYN was captured.</summary>
    public bool HasSyn { get; set; }

    /// <summary>One or more segments of this end were captured.</summary>
    public bool IsSeen { get; set; }

    /// <summary>What the SYN offers; the scale counts only when both ends offer one.</summary>
    public ushort? Mss { get; set; }

    /// <summary>The shift of this end's window field; null when it offers none, or its SYN was not captured.</summary>
    public WindowScale? Scale { get; set; }

    /// <summary>This end permits SACK.</summary>
    public bool PermitsSack { get; set; }

    /// <summary>This end offers timestamps.</summary>
    public bool OffersTimestamps { get; set; }

    /// <summary>This end offers ECN.</summary>
    public bool OffersEcn { get; set; }

    /// <summary>Its connection.</summary>
    public InferredStates Life { get; } = new();

    // The sending half.

    /// <summary>SND.NXT: the offset after the highest one sent.</summary>
    public long Nxt { get; set; }

    /// <summary>SND.UNA: the highest offset that the peer's ACKs cover.</summary>
    public long Una { get; set; }

    /// <summary>Everything that passed the capture point.</summary>
    public RangeSet Sent { get; } = new();

    /// <summary>What the peer has SACKed above <see cref="Una"/>.</summary>
    public RangeSet Sacked { get; } = new();

    /// <summary>The last transmissions.</summary>
    public Transmissions Transmissions { get; } = new();

    /// <summary>The peer's window in bytes; null until a segment shows it.</summary>
    public uint? Window { get; set; }

    /// <summary>The highest right edge that the peer's window had.</summary>
    public long Edge { get; set; }

    /// <summary>The right edge that the peer's window had last.</summary>
    public long LastEdge { get; set; }

    /// <summary>Duplicate ACKs in a row.</summary>
    public int DuplicateAcks { get; set; }

    /// <summary>SND.NXT at the begin of the recovery; null outside of one.</summary>
    public long? RecoveryPoint { get; set; }

    /// <summary>The recovery began with a timeout.</summary>
    public bool IsTimeoutRecovery { get; set; }

    /// <summary>The frame of the retransmission that began the recovery.</summary>
    public long RecoveryFrame { get; set; }

    /// <summary>When the last segment with data passed.</summary>
    public MonotonicTime LastSent { get; set; }

    /// <summary>When the peer's last ACK passed.</summary>
    public MonotonicTime LastAcked { get; set; }

    /// <summary>The frame of the peer's last ACK.</summary>
    public long LastAckFrame { get; set; }

    /// <summary>Where the FIN ends; null until it is sent.</summary>
    public long? FinEnd { get; set; }

    /// <summary>Where the last zero-window probe with data ends.</summary>
    public long? ProbeEnd { get; set; }

    /// <summary>A zero-window probe was sent since the window closed.</summary>
    public bool HasProbed { get; set; }

    /// <summary>
    /// The range that the last SACK or duplicate ACK reported as lost or reordered: an ACK that closes the hole may
    /// not have reached the sender when it retransmits.
    /// </summary>
    public (long Start, long End, MonotonicTime Time, long Frame) Suspected { get; set; }

    /// <summary>The time from this end's data to the peer's ACK, or from its ACK to the peer's data.</summary>
    public RttSamples Rtt { get; } = new();

    /// <summary>Its pure ACKs that may be echoed.</summary>
    public EchoSamples Echoes { get; } = new();

    // The receiving half.

    /// <summary>RCV.NXT, an offset of the peer.</summary>
    public long RcvNxt { get; set; }

    /// <summary>What has arrived above a hole.</summary>
    public RangeSet OutOfOrder { get; } = new();

    /// <summary>The last SEG.ACK sent; null before the first.</summary>
    public long? LastAck { get; set; }

    /// <summary>The last window announced, in bytes.</summary>
    public uint LastWindow { get; set; }

    /// <summary>Segments with data that no ACK has answered.</summary>
    public int Unanswered { get; set; }

    /// <summary>When the last segment with data arrived.</summary>
    public MonotonicTime LastArrival { get; set; }

    /// <summary>What the last arrival meant.</summary>
    public SegmentMeaning LastMeaning { get; set; }

    /// <summary>The offset of a sequence number of this end; null when it is far from <see cref="Nxt"/>.</summary>
    public long? OffsetOf(SeqNum number)
    {
        if (Isn is not { } isn)
            return null;
        var distance = number - (isn + unchecked((uint)Nxt));
        return Math.Abs((long)distance) <= MaxDistance ? Nxt + distance : null;
    }

    /// <summary>The sequence number of an offset.</summary>
    public SeqNum SeqOf(long offset) => (Isn ?? default) + unchecked((uint)offset);

    /// <summary>The window of a segment of this end in bytes, scaled as far as the scale is known.</summary>
    public uint WindowOf(in CapturedSegment segment, EndModel peer) =>
        !segment.Has(TcpFlags.Syn) && Scale is { } scale && peer.Scale is not null
            ? scale.ToOctets(segment.Header.Window)
            : segment.Header.Window;

    /// <summary>The end acknowledges the peer's data up to here, so it has it, captured or not.</summary>
    public void Reach(long offset)
    {
        if (offset <= RcvNxt)
            return;
        RcvNxt = offset;
        if (OutOfOrder.Count > 0 && OutOfOrder[0].Start <= offset)
            RcvNxt = Math.Max(offset, OutOfOrder[0].End);
        OutOfOrder.RemoveBelow(RcvNxt);
    }

    /// <summary>
    /// A range that the peer's data passed the capture point with, but that this end shows it has not received.
    /// </summary>
    public void Forget(long start, long end)
    {
        if (start >= RcvNxt)
        {
            OutOfOrder.Remove(start, end);
            return;
        }

        if (end < RcvNxt)
            OutOfOrder.Add(end, RcvNxt);
        RcvNxt = start;
        OutOfOrder.Remove(start, end);
    }
}
