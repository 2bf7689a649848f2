using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// A segment while the steps of RFC 9293 section 3.10.7 handle it; it lives for one call. <see cref="Seq"/>,
/// <see cref="Payload"/> and <see cref="Fin"/> are trimmed to the window; <see cref="Segment"/> stays as received.
/// </summary>
internal ref struct Arrival
{
    public Arrival(
        in TcpSegment segment, in FourTuple tuple, ulong hash, Block frame, int payloadStart, bool isCe,
        MonotonicTime now)
    {
        Segment = segment;
        // No options: skips the copy of an empty parse.
        if (segment.HeaderLength > TcpHeader.MinLength)
            Options = segment.ParseOptions();
        Tuple = tuple;
        Hash = hash;
        Frame = frame;
        PayloadStart = payloadStart;
        IsCe = isCe;
        Now = now;
        Seq = segment.Seq;
        Payload = segment.Payload;
        Fin = segment.Has(TcpFlags.Fin);
    }

    public readonly TcpSegment Segment;

    /// <summary>The parsed options of the received segment.</summary>
    public readonly TcpOptions Options;

    public readonly FourTuple Tuple;

    /// <summary>The tuple's hash (<see cref="EngineState.HashOf"/>).</summary>
    public readonly ulong Hash;

    public readonly Block Frame;
    public readonly MonotonicTime Now;

    /// <summary>SEG.TSval and SEG.TSecr; null without the option, and on a connection without timestamps.</summary>
    public TcpTimestamps? Timestamps;

    /// <summary>SEG.SEQ after trimming.</summary>
    public SeqNum Seq;

    /// <summary>The data after trimming.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>The offset of <see cref="Payload"/> in the frame's block.</summary>
    public int PayloadStart;

    /// <summary>The FIN is in the window.</summary>
    public bool Fin;

    /// <summary>The IP header has CE (RFC 3168 section 5).</summary>
    public readonly bool IsCe;

    /// <summary>The segment's ACK has a SYN cookie. Its TSecr does not measure the round trip.</summary>
    public bool HasCookie;

    /// <summary>The segment may follow a lost one that had a SYN cookie: it must not draw a RST.</summary>
    public bool MayFollowCookie;

    /// <summary>The segment has a SYN that is not trimmed off.</summary>
    public bool HasSyn;

    /// <summary>What the segment has turned out to mean so far.</summary>
    public SegmentMeaning Meaning;

    /// <summary>The frame's block belongs to a receive queue.</summary>
    public bool FrameKept;

    /// <summary>
    /// Trims data before <paramref name="nxt"/> and from <paramref name="edge"/> on, and FIN with the latter (section
    /// 3.10.7.4).
    /// </summary>
    public void Trim(SeqNum nxt, SeqNum edge)
    {
        var front = Math.Clamp(nxt - Seq, 0, Payload.Length);
        Seq += front;
        PayloadStart += front;
        Payload = Payload[front..];
        var fits = Math.Clamp(edge - Seq, 0, Payload.Length);
        if (fits < Payload.Length)
        {
            Payload = Payload[..fits];
            Fin = false;
        }
    }
}
